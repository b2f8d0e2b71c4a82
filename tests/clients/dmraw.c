// SPDX-License-Identifier: GPL-2.0
/*
 * dmraw: device-mapper ioctls exactly as written, and what must come of them.
 *
 *	dmraw [-gv] [-t TAG] [-D NAME=VALUE]... SCRIPT|-
 *
 * -g puts the buffers in front of an unmapped page instead of canary bytes, -v
 * prints all that every call returned. A script has one call or command a line:
 *
 *	VERB key=value ... [=> RESULT key=value ...]
 *
 * RESULT is "ok" (the default), errno names joined with |, or "any". Keys behind
 * the arrow are returned fields: flags open event count dev name uuid size start
 * ver ret, out (the payload as text), has/hasnt (some flags), save=VAR:FIELD.
 * key~=value compares with a glob. Each line that expects something prints an
 * "ok"/"not ok" line. A call that fails has, besides, to leave all devices as they
 * were. See dmraw/call.h for the verbs and words of calls, and commands[] below.
 * Built for 64 and for 32 bits from the same source.
 */
#include <fnmatch.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "dmraw/lex.h"
#include "dmraw/call.h"
#include "dmraw/render.h"
#include "dmraw/state.h"
#include "dmraw/uevent.h"

#define OUT_ROOM 0x100000
#define HANDLES 16

static char **lines;
static int line_count;
static const char *tag = sizeof(long) == 8 ? "64" : "32";
static int failures;
static bool verbose;
static bool quiet;			/* print failures only */
static bool check_state = true;

struct handle {
	char id[16];
	int fd;
	pid_t pid;
};

static struct handle handles[HANDLES];

static void run_range(int from, int to);

/* ---- results ---- */

static void __attribute__((format(printf, 3, 4)))
report(const struct line *l, bool good, const char *fmt, ...)
{
	static char buf[OUT_ROOM];
	va_list ap;
	int n;

	failures += !good;
	if (good && quiet)
		return;
	n = snprintf(buf, sizeof(buf), "%sok - %s:%d %.200s\n", good ? "" : "not ", tag,
		     l->number, l->text);
	if (!good) {
		n += snprintf(buf + n, sizeof(buf) - n, "# ");
		va_start(ap, fmt);
		n += vsnprintf(buf + n, sizeof(buf) - n - 1, fmt, ap);
		va_end(ap);
		if (n > (int)sizeof(buf) - 2)
			n = sizeof(buf) - 2;
		buf[n++] = '\n';
	}
	/* one write: children print to the same file */
	if (write(STDOUT_FILENO, buf, n) != n)
		exit(2);
}

static const char *errno_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "ok";

	return name ? name : "?";
}

/* Whether errno @err is one of "ok|EBUSY|..." (or "any"). */
static bool result_match(const char *want, int err)
{
	const char *name = errno_name(err);
	size_t n = strlen(name);

	if (!strcmp(want, "any"))
		return true;
	for (const char *s = want; s; s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL)
		if (!strncmp(s, name, n) && (!s[n] || s[n] == '|'))
			return true;
	return false;
}

static bool value_match(const struct word *w, const char *got)
{
	return w->glob ? !fnmatch(w->val, got, 0) : !strcmp(w->val, got);
}

/* The words before and behind "=>". */
struct parts {
	const struct word *in, *out;
	int nin, nout;
	const char *result;
	bool explicit;
};

static struct parts parts_split(const struct word *w, int n)
{
	struct parts p = { .in = w, .nin = n, .result = "ok" };

	for (int i = 0; i < n; i++) {
		if (w[i].key || strcmp(w[i].val, "=>"))
			continue;
		p.nin = i;
		p.out = w + i + 1;
		p.nout = n - i - 1;
		p.explicit = true;
		if (p.nout && !p.out->key) {
			p.result = p.out->val;
			p.out++;
			p.nout--;
		}
		break;
	}
	return p;
}

/* ---- ioctls ---- */

static void save_field(const struct call *c, const char *spec)
{
	static char got[4096];
	char name[32];
	const char *colon = strchr(spec, ':');

	if (!colon || colon - spec >= (int)sizeof(name))
		die("save=VAR:FIELD");
	memcpy(name, spec, colon - spec);
	name[colon - spec] = 0;
	if (!field_print(c, colon + 1, got, sizeof(got)))
		die("no field '%s'", colon + 1);
	var_set(name, got);
}

/* What is wrong with the result of @c, or NULL. */
static const char *call_judge(const struct call *c, const struct parts *p)
{
	static char why[2 * OUT_ROOM], got[OUT_ROOM];
	uint32_t flags = call_hdr(c)->flags;

	if (c->damage)
		return c->damage;
	if (!result_match(p->result, c->err)) {
		render(c, got, sizeof(got));
		snprintf(why, sizeof(why), "got %s %s", errno_name(c->err), got);
		return why;
	}
	for (int i = 0; i < p->nout; i++) {
		const struct word *w = p->out + i;

		if (word_is(w, "save")) {
			save_field(c, w->val);
		} else if (word_is(w, "has") || word_is(w, "hasnt")) {
			uint32_t want = flags_parse(w->val);

			flags_print(flags, got, sizeof(got));
			if ((flags & want) == (word_is(w, "has") ? want : 0))
				continue;
			snprintf(why, sizeof(why), "flags are %s", got);
			return why;
		} else if (!w->key || !field_print(c, w->key, got, sizeof(got))) {
			die("unknown expectation '%s'", w->key ? w->key : w->val);
		} else if (!value_match(w, got)) {
			snprintf(why, sizeof(why), "%s is '%s'", w->key, got);
			return why;
		}
	}
	return NULL;
}

static void cmd_call(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 1, n - 1);
	bool watch = check_state && !quiet && strcmp(p.result, "ok") && strcmp(p.result, "any");
	char *before = watch ? state_take() : NULL, *after;
	struct call *c = call_build(w->val, p.in, p.nin);
	const char *why;

	call_run(c);
	why = call_judge(c, &p);
	report(l, !why, "%s", why);
	if (verbose)
		call_print(c);
	if (watch && c->err) {
		after = state_take();
		if (strcmp(before, after))
			report(l, false, "a failing call changed\n%s# to\n%s", before, after);
		free(after);
	}
	free(before);
	call_free(c);
}

/*
 * sizes LINE: the call with every data_size from its bare input to 32 bytes more
 * than its reply needs: either the buffer-full flag and no payload, or all of it.
 */
static void cmd_sizes(const struct line *l, const struct word *w, int n)
{
	static char whole[OUT_ROOM], got[OUT_ROOM];
	struct parts p = parts_split(w + 2, n - 2);
	struct word sized[LEX_WORDS];
	char text[32];
	size_t size, first, need;
	struct call *c;
	const char *why = NULL;
	int full = 0, fits = 0;

	memcpy(sized, p.in, p.nin * sizeof(*sized));
	sized[p.nin] = (struct word){ .key = "size", .val = "fit", .len = 3 };
	c = call_build(w[1].val, sized, p.nin + 1);
	first = c->size;
	call_free(c);
	sized[p.nin].val = text;
	sized[p.nin].len = snprintf(text, sizeof(text), "%d", 262144);
	c = call_build(w[1].val, sized, p.nin + 1);
	call_run(c);
	why = call_judge(c, &p);
	need = call_hdr(c)->data_size;
	if (!c->err)
		render(c, whole, sizeof(whole));
	call_free(c);
	for (size = first; !why && size <= need + 32; size++) {
		snprintf(text, sizeof(text), "%zu", size);
		c = call_build(w[1].val, sized, p.nin + 1);
		call_run(c);
		render(c, got, sizeof(got));
		if (c->damage)
			why = c->damage;
		else if (c->err)
			why = errno_name(c->err);
		else if (call_hdr(c)->flags & DM_BUFFER_FULL_FLAG)
			why = fits ? "full at a size above one that fitted" : NULL;
		else
			why = strcmp(got, whole) ? got : NULL;
		if (call_hdr(c)->flags & DM_BUFFER_FULL_FLAG)
			full++;
		else
			fits++;
		call_free(c);
	}
	report(l, !why && fits, "size %zu (%d full, %d fit): %s", size - 1, full, fits, why);
}

/* ---- commands ---- */

static struct handle *handle_get(const char *id, bool make)
{
	struct handle *empty = NULL;

	for (int i = 0; i < HANDLES; i++) {
		if (!strcmp(handles[i].id, id))
			return &handles[i];
		if (!handles[i].id[0] && !empty)
			empty = &handles[i];
	}
	if (!make || !empty)
		die("no handle '%s'", id);
	snprintf(empty->id, sizeof(empty->id), "%s", id);
	return empty;
}

static void report_errno(const struct line *l, const struct parts *p, int err)
{
	report(l, result_match(p->result, err), "got %s", errno_name(err));
}

/* hold ID PATH ro|rw|excl|direct */
static void cmd_hold(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 4, n - 4);
	struct handle *h = handle_get(w[1].val, true);
	int mode = !strcmp(w[3].val, "rw") ? O_RDWR : O_RDONLY;

	if (!strcmp(w[3].val, "excl"))
		mode = O_RDWR | O_EXCL;
	else if (!strcmp(w[3].val, "direct"))
		mode = O_RDWR | O_DIRECT;
	h->fd = open(w[2].val, mode | O_CLOEXEC | O_NONBLOCK);
	report_errno(l, &p, h->fd < 0 ? errno : 0);
	if (h->fd < 0)
		h->id[0] = 0;
}

static void cmd_drop(const struct line *l, const struct word *w, int n)
{
	struct handle *h = handle_get(w[1].val, false);

	(void)l;
	(void)n;
	close(h->fd);
	h->id[0] = 0;
}

static const struct {
	const char *name;
	unsigned long req;
} blk_ops[] = {
	{ "getgeo", HDIO_GETGEO }, { "getsize", BLKGETSIZE64 }, { "roget", BLKROGET },
	{ "roset", BLKROSET }, { "flsbuf", BLKFLSBUF }, { "rrpart", BLKRRPART },
	{ "sszget", BLKSSZGET }, { "pbszget", BLKPBSZGET }, { "ioopt", BLKIOOPT },
};

/* blk ID OP|REQUEST [ARGUMENT] */
static void cmd_blk(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 3, n - 3);
	int fd = handle_get(w[1].val, false)->fd, ret;
	uint64_t arg[32] = { 0 };
	unsigned long req = 0;
	char got[64];

	for (size_t i = 0; i < sizeof(blk_ops) / sizeof(blk_ops[0]); i++)
		if (!strcmp(blk_ops[i].name, w[2].val))
			req = blk_ops[i].req;
	if (!req)
		req = word_number(&w[2]);
	if (p.nin)
		arg[0] = word_number(&p.in[0]);
	ret = ioctl(fd, req, arg);
	if (req == HDIO_GETGEO) {
		struct hd_geometry g;

		memcpy(&g, arg, sizeof(g));
		snprintf(got, sizeof(got), "%u %u %u %lu", g.cylinders, g.heads, g.sectors,
			 g.start);
	} else {
		snprintf(got, sizeof(got), "%llu", (unsigned long long)arg[0]);
	}
	if (!result_match(p.result, ret < 0 ? errno : 0))
		report(l, false, "got %s", errno_name(ret < 0 ? errno : 0));
	else if (p.nout && word_is(p.out, "out") && !value_match(p.out, got))
		report(l, false, "out is '%s'", got);
	else
		report(l, true, "good");
}

/* poll CTL MS => none|in...: what poll() says of a control file */
static void cmd_poll(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 3, n - 3);
	struct pollfd f = {
		.fd = control_fd(word_number(&w[1])),
		.events = POLLIN | POLLPRI | POLLOUT,
	};
	const char *got;

	poll(&f, 1, word_number(&w[2]));
	got = !f.revents ? "none" : f.revents == POLLIN ? "in" : "other";
	report(l, !strcmp(got, p.result), "revents %x", f.revents);
}

static void cmd_close(const struct line *l, const struct word *w, int n)
{
	unsigned int i = word_number(&w[1]);

	(void)l;
	(void)n;
	if (i < CALL_FDS && call_fd[i] >= 0) {
		close(call_fd[i]);
		call_fd[i] = -1;
	}
}

/* cat PATH => ok out=TEXT */
static void cmd_cat(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 2, n - 2);
	char buf[8192];
	ssize_t got = -1;
	int fd = open(w[1].val, O_RDONLY | O_CLOEXEC), err = fd < 0 ? errno : 0;

	if (fd >= 0) {
		got = read(fd, buf, sizeof(buf) - 1);
		err = got < 0 ? errno : 0;
		close(fd);
	}
	while (got > 0 && buf[got - 1] == '\n')
		got--;
	buf[got > 0 ? got : 0] = 0;
	if (!result_match(p.result, err))
		report(l, false, "got %s", errno_name(err));
	else
		report(l, !p.nout || value_match(p.out, buf), "out is '%s'", buf);
}

/* read ID OFFSET LENGTH => ok|EIO...: one pread through a handle */
static void cmd_read(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 4, n - 4);
	size_t len = word_number(&w[3]);
	void *buf = aligned_alloc(4096, (len + 4095) & ~4095UL);
	ssize_t got = pread(handle_get(w[1].val, false)->fd, buf, len, word_number(&w[2]));

	report_errno(l, &p, got < 0 ? errno : got == (ssize_t)len ? 0 : ENODATA);
	free(buf);
}

static void cmd_sh(const struct line *l, const struct word *w, int n)
{
	struct parts p = parts_split(w + 2, n - 2);
	int rc;

	(void)p;
	fflush(stdout);
	rc = system(w[1].val);
	report(l, !rc, "status %d", rc);
}

/* kmsg TEXT: a line in the kernel log */
static void cmd_kmsg(const struct line *l, const struct word *w, int n)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	(void)l;
	(void)n;
	if (fd < 0 || write(fd, w[1].val, w[1].len) != (ssize_t)w[1].len)
		die("/dev/kmsg: %m");
	close(fd);
}

static void cmd_uevents(const struct line *l, const struct word *w, int n)
{
	(void)l;
	(void)w;
	(void)n;
	uevent_start();
}

/* uevent ACTION KEY=VALUE ... (or "uevent -": none) */
static void cmd_uevent(const struct line *l, const struct word *w, int n)
{
	char got[4096];

	report(l, uevent_expect(w + 1, n - 1, got, sizeof(got)), "came: %s", got);
	if (verbose)
		printf("#   %s\n", got);
}

static void cmd_var(const struct line *l, const struct word *w, int n)
{
	(void)l;
	(void)n;
	var_set(w[1].val, w[2].val);
}

/* state off|on: whether failing calls are checked for having changed anything */
static void cmd_state(const struct line *l, const struct word *w, int n)
{
	(void)l;
	(void)n;
	check_state = !strcmp(w[1].val, "on");
}

static void run_words(const struct line *l, const struct word *w, int n);

static void wait_child(const struct line *l, pid_t pid)
{
	int st;

	if (waitpid(pid, &st, 0) != pid)
		die("waitpid: %m");
	if (!WIFEXITED(st) || WEXITSTATUS(st) > 1)
		report(l, false, "child ended with status %x", st);
	else
		failures += WEXITSTATUS(st);
}

static void __attribute__((noreturn))
child_run(const struct line *l, const struct word *w, int n)
{
	failures = 0;
	run_words(l, w, n);
	_exit(!!failures);
}

/* as UID LINE: in a child that gave up root */
static void cmd_as(const struct line *l, const struct word *w, int n)
{
	uid_t uid = word_number(&w[1]);
	pid_t pid = fork();

	if (!pid) {
		check_state = false;
		if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid))
			die("cannot become %u: %m", uid);
		child_run(l, w + 2, n - 2);
	}
	wait_child(l, pid);
}

static void signal_nothing(int sig)
{
	(void)sig;
}

/* bg ID LINE: in a child, next to what follows; see join, blocked, signal */
static void cmd_bg(const struct line *l, const struct word *w, int n)
{
	struct handle *h = handle_get(w[1].val, true);
	struct sigaction sa = { .sa_handler = signal_nothing };

	h->pid = fork();
	if (!h->pid) {
		check_state = false;
		sigaction(SIGUSR1, &sa, NULL);
		child_run(l, w + 2, n - 2);
	}
}

static void cmd_join(const struct line *l, const struct word *w, int n)
{
	struct handle *h = handle_get(w[1].val, false);

	(void)n;
	wait_child(l, h->pid);
	h->id[0] = 0;
}

/* blocked ID [pread]: waits until the child sleeps inside an ioctl (or a pread) */
static void cmd_blocked(const struct line *l, const struct word *w, int n)
{
	struct handle *h = handle_get(w[1].val, false);
	int call = n > 2 ? (sizeof(long) == 8 ? 17 : 180) : (sizeof(long) == 8 ? 16 : 54);
	char path[64], buf[64] = "";
	bool good = false;

	snprintf(path, sizeof(path), "/proc/%d/syscall", h->pid);
	for (int i = 0; i < 2000 && !good; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

		if (fd >= 0)
			close(fd);
		if (got <= 0)
			break;
		buf[got] = 0;
		good = atoi(buf) == call && isdigit((unsigned char)buf[0]);
		if (!good)
			usleep(10000);
	}
	report(l, good, "child is in %s", buf);
}

static void cmd_signal(const struct line *l, const struct word *w, int n)
{
	(void)l;
	(void)n;
	kill(handle_get(w[1].val, false)->pid, SIGUSR1);
}

static const struct {
	const char *name;
	void (*run)(const struct line *l, const struct word *w, int n);
	int words;
} commands[] = {
	{ "sizes", cmd_sizes, 2 }, { "hold", cmd_hold, 4 }, { "drop", cmd_drop, 2 },
	{ "blk", cmd_blk, 3 }, { "poll", cmd_poll, 3 }, { "close", cmd_close, 2 },
	{ "cat", cmd_cat, 2 }, { "kmsg", cmd_kmsg, 2 }, { "read", cmd_read, 4 },
	{ "sh", cmd_sh, 2 }, { "uevents", cmd_uevents, 1 }, { "uevent", cmd_uevent, 2 },
	{ "var", cmd_var, 3 },
	{ "state", cmd_state, 2 }, { "as", cmd_as, 3 }, { "bg", cmd_bg, 3 },
	{ "join", cmd_join, 2 }, { "blocked", cmd_blocked, 2 }, { "signal", cmd_signal, 2 },
};

static void run_words(const struct line *l, const struct word *w, int n)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, w->val))
			continue;
		if (n < commands[i].words)
			die("%s takes more words", w->val);
		commands[i].run(l, w, n);
		return;
	}
	cmd_call(l, w, n);
}

/* ---- blocks ---- */

static bool line_starts(int i, const char *word)
{
	const char *s = lines[i] + strspn(lines[i], " \t");
	size_t n = strlen(word);

	return !strncmp(s, word, n) && (!s[n] || isspace((unsigned char)s[n]));
}

static bool line_opens(int i)
{
	return line_starts(i, "for") || line_starts(i, "each") || line_starts(i, "par") ||
	       line_starts(i, "failnth");
}

/* The line of this block's next "end" or @mid (on the same level) behind @i. */
static int block_next(int i, const char *mid)
{
	int depth = 0;

	for (i++; i < line_count; i++) {
		if (!depth && ((mid && line_starts(i, mid)) || line_starts(i, "end")))
			return i;
		if (line_opens(i))
			depth++;
		else if (line_starts(i, "end"))
			depth--;
	}
	die("no end");
}

/* for VAR FROM TO ... end: numbers, inclusive */
static int block_for(const struct line *l, int at)
{
	int end = block_next(at, NULL);
	char text[32];

	for (uint64_t i = word_number(&l->w[2]); i <= word_number(&l->w[3]); i++) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
		var_set(l->w[1].val, text);
		run_range(at + 1, end);
	}
	return end;
}

/* each VAR VALUE ... end */
static int block_each(const struct line *l, int at)
{
	int end = block_next(at, NULL);

	for (int i = 2; i < l->n; i++) {
		var_set(l->w[1].val, l->w[i].val);
		run_range(at + 1, end);
	}
	return end;
}

/*
 * par N ... and ... end: each part in a process of its own, N times over, all at
 * once. Only failures are printed.
 */
static int block_par(const struct line *l, int at)
{
	int to, from = at, n = word_number(&l->w[1]), parts = 0, before = failures;
	pid_t pid[32];

	do {
		to = block_next(from, "and");
		if (parts == 32)
			die("too many parts");
		pid[parts] = fork();
		if (!pid[parts]) {
			quiet = true;
			failures = 0;
			for (int i = 0; i < n && failures < 10; i++)
				run_range(from + 1, to);
			_exit(!!failures);
		}
		parts++;
		from = to;
	} while (!line_starts(to, "end"));
	while (parts--)
		wait_child(l, pid[parts]);
	report(l, failures == before, "a part failed");
	return to;
}

static int fault_fd = -1;

/*
 * Writing and reading the file copies from and to here, which counts and can be
 * what fails: then nothing is left of the fault, as if it had been switched off.
 */
static void fault_set(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (fault_fd < 0)
		fault_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fault_fd < 0)
		die("fail-nth: %m");
	for (int i = 0; i < 2; i++)
		if (pwrite(fault_fd, text, len, 0) == len)
			return;
	die("fail-nth: %m");
}

/* Whether a fault set before is still waiting (that is: was not injected). */
static bool fault_pending(void)
{
	char text[16] = "";

	if (pread(fault_fd, text, sizeof(text) - 1, 0) <= 0)
		return errno == EFAULT;
	return atoi(text);
}

/* What the tries of one "failnth" have in common. */
struct faults {
	const struct line *l;
	const char *want;		/* errors that are right */
	char *old;			/* state before the call */
	char *state;			/* and after it as it should go, and its answer */
	char *answer;
	int undo, failed, end;		/* the lines "failed" and "end" */
	int nth, tries, errors, late;
};

/*
 * Now and then a cache has to be refilled, which is a point of failure more, and so
 * one round leaves some out. Where there are few, it is rounds until so many tries.
 */
#define FAULT_TRIES 20

/* Where a disk appears there are hundreds; behind so many, each third has to do. */
#define FAULT_EACH 80

static void fault_lines(int from, int to)
{
	bool was = quiet;

	quiet = true;
	run_range(from + 1, to);
	quiet = was;
}

static void fault_judge(struct faults *f, struct call *c)
{
	/* before there are other calls, which use the same buffer */
	bool secure = call_sent(c)->flags & DM_SECURE_DATA_FLAG, wiped = call_wiped(c), changed;
	char *answer = xalloc(OUT_ROOM), *now;

	render(c, answer, OUT_ROOM);
	now = state_take();
	changed = strcmp(f->old, now);
	if (c->damage)
		report(f->l, false, "allocation %d: %s", f->nth, c->damage);
	if (!c->err) {
		if (strcmp(f->state, now))
			report(f->l, false, "allocation %d: did half\n%s# instead of\n%s",
			       f->nth, now, f->state);
		if (strcmp(f->answer, answer))
			report(f->l, false, "allocation %d: answer %s", f->nth, answer);
		fault_lines(f->undo, f->failed);
	} else if (c->err == EFAULT && changed) {
		/* the answer got lost on its way out, when all was done */
		f->late++;
		if (strcmp(f->state, now))
			report(f->l, false, "allocation %d, told too late: did half\n%s",
			       f->nth, now);
		fault_lines(f->undo, f->failed);
	} else {
		f->errors++;
		if (c->err != EFAULT && !result_match(f->want, c->err))
			report(f->l, false, "allocation %d: got %s", f->nth, errno_name(c->err));
		if (changed)
			report(f->l, false, "allocation %d changed\n%s# to\n%s", f->nth,
			       f->old, now);
		/* what is secret stays with nobody, unless its place cannot be written */
		if (secure && c->err != EFAULT && !wiped)
			report(f->l, false, "allocation %d: secret data is left", f->nth);
		if (f->failed < f->end)
			fault_lines(f->failed, f->end);
	}
	free(answer);
	free(now);
}

/*
 * failnth CALL ... undo ... [failed ...] end: the call once without a fault, and
 * then with its first, second, ... allocation (or copy from or to here) failing,
 * until it needs fewer. When it fails nothing may have changed, and the error is the
 * one given with "=>" (ENOMEM if none is) or, for a copy, EFAULT. When it
 * succeeds in spite of a fault, all of it was done. The lines behind the call undo
 * it; those behind "failed" follow a try that failed.
 */
static int block_failnth(const struct line *l, int at)
{
	struct parts p = parts_split(l->w + 2, l->n - 2);
	struct faults f = {
		.l = l, .want = p.explicit ? p.result : "ENOMEM", .undo = at,
		.failed = block_next(at, "failed"), .end = block_next(at, NULL),
	};
	const char *name = l->w[1].val;
	bool pending = false;
	int before = failures;
	struct call *c;

	state_loose = true;
	f.old = state_take();
	c = call_build(name, p.in, p.nin);
	call_run(c);
	if (c->err || c->damage)
		report(l, false, "without a fault: %s %s", errno_name(c->err), c->damage);
	f.answer = xalloc(OUT_ROOM);
	render(c, f.answer, OUT_ROOM);
	f.state = state_take();
	call_free(c);
	fault_lines(f.undo, f.failed);

	while ((!pending || f.tries < FAULT_TRIES) && f.nth < 3000 && failures < before + 10) {
		if (pending)
			f.nth = 0;
		f.tries++;
		c = call_build(name, p.in, p.nin);
		f.nth += f.nth < FAULT_EACH ? 1 : 3;
		fault_set(f.nth);
		c->ret = ioctl(c->fd, c->req, c->buf);
		c->err = c->ret < 0 ? errno : 0;
		pending = fault_pending();
		fault_set(0);
		/* a copy that fails leaves behind what was copied before */
		if (c->err != EFAULT)
			call_check(c);
		if (pending && c->err)
			report(l, false, "without a fault: %s", errno_name(c->err));
		if (verbose)
			printf("#   %d: %s\n", f.nth, errno_name(c->err));
		fault_judge(&f, c);
		call_free(c);
	}
	/* at least the version is copied in and out, so something must have failed */
	report(l, failures == before && pending && f.errors, "%d tries, %d failed calls",
	       f.tries, f.errors);
	printf("# %s: %d tries, %d of them with an error, %d more lost the answer\n",
	       name, f.tries, f.errors, f.late);
	fflush(stdout);
	free(f.old);
	free(f.state);
	free(f.answer);
	state_loose = false;
	return f.end;
}

static void run_range(int from, int to)
{
	for (int i = from; i < to; i++) {
		struct line *l;

		script_line = i + 1;
		l = line_read(lines[i], i + 1);
		if (!l->n) {
			line_free(l);
			continue;
		}
		if (!strcmp(l->w[0].val, "for") && l->n == 4)
			i = block_for(l, i);
		else if (!strcmp(l->w[0].val, "each"))
			i = block_each(l, i);
		else if (!strcmp(l->w[0].val, "par") && l->n == 2)
			i = block_par(l, i);
		else if (!strcmp(l->w[0].val, "failnth"))
			i = block_failnth(l, i);
		else
			run_words(l, l->w, l->n);
		line_free(l);
	}
}

/* ---- start ---- */

static void script_load(const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *text = NULL;
	size_t room = 0;

	script_name = path;
	if (!f)
		die("%m");
	while (getline(&text, &room, f) > 0) {
		text[strcspn(text, "\n")] = 0;
		lines = realloc(lines, (line_count + 1) * sizeof(*lines));
		lines[line_count++] = strdup(text);
	}
	free(text);
}

/* %{M}: the major number of dm devices. */
static void major_find(void)
{
	FILE *f = fopen("/proc/devices", "r");
	char text[128], name[64], num[16];

	while (f && fgets(text, sizeof(text), f))
		if (sscanf(text, "%15s %63s", num, name) == 2 && !strcmp(name, "device-mapper"))
			var_set("M", num);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	struct call *c;
	int opt;

	while ((opt = getopt(argc, argv, "gvt:D:")) != -1) {
		char *eq = opt == 'D' ? strchr(optarg, '=') : NULL;

		if (opt == 'g') {
			call_guard = true;
		} else if (opt == 'v') {
			verbose = true;
		} else if (opt == 't') {
			tag = optarg;
		} else if (eq) {
			*eq = 0;
			var_set(optarg, eq + 1);
		} else {
			return 2;
		}
	}
	if (optind + 1 != argc)
		return 2;
	script_load(argv[optind]);
	major_find();
	call_area_init();
	c = call_build("version", NULL, 0);
	call_run(c);
	if (!c->err)
		memcpy(call_version, call_hdr(c)->version, sizeof(call_version));
	call_free(c);
	run_range(0, line_count);
	printf("done - %s\n", tag);
	fflush(stdout);
	return failures ? 1 : 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Load that remembers what it wrote.
 *
 *   dmioload DEV FIRST COUNT [OPT=..]
 *
 * Each thread has a piece of the range (sectors) for itself, writes stamped
 * sectors there at random places in random sizes, each time with a new
 * generation, and reads others back: a read must return just what the last
 * completed write put there. On SIGTERM (or after ops=N a thread) every thread
 * reads its whole piece once more, then one line is printed:
 *
 *   writes=N reads=N errors=N bad=N
 *
 * and the first wrong sector, if any, before it. OPT: threads=N, bs=BYTES (the
 * largest I/O), direct=0|1, write=PERCENT, ops=N, seed=N, progress=FILE (the
 * count of I/Os done, as text, kept up to date), errok=1 (an I/O may fail: what
 * a failed write leaves behind is unknown, and not checked), fill=0 (do not write
 * the range first: it carries stamps of generation gen already), gen=N,
 * discard=PERCENT (of the writes: discard instead; content unknown after it),
 * fsync=N (an fsync after every N writes), dsync=1.
 *
 * Exit status: 0 where no I/O failed and no sector was wrong, else 1.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dmio.h"

#define UNKNOWN UINT32_MAX

static struct {
	const char *dev;
	uint64_t first, count, seed, ops, gen, fsync;
	size_t bs;
	unsigned int threads, write, discard;
	bool direct, errok, fill, dsync;
	const char *progress;
} opt = {
	.seed = 1, .gen = 1, .bs = 65536, .threads = 4, .write = 50, .direct = true,
	.fill = true,
};

struct worker {
	pthread_t thread;
	uint64_t first, count, seed;
	uint32_t *gens;		/* of each sector: what was written last */
	uint32_t gen;
	uint64_t *buf;
	uint64_t unsynced;
	int fd;
};

static atomic_bool stop;
static atomic_ulong nr_writes, nr_reads, nr_errors, nr_bad;
static char *progress;

#define PROGRESS_SIZE 48

static void on_term(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

/* The number stands there twice: who reads while it is written sees two that differ. */
static void progress_tell(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned long done;

	if (!progress)
		return;
	pthread_mutex_lock(&lock);
	done = atomic_load(&nr_writes) + atomic_load(&nr_reads);
	snprintf(progress, PROGRESS_SIZE, "%lu %lu\n", done, done);
	pthread_mutex_unlock(&lock);
}

static void failed(struct worker *w, const char *what, uint64_t at, size_t len,
		   ssize_t done)
{
	const char *why = done < 0 ? err_name(errno) : "short";

	(void)w;
	if (!atomic_fetch_add(&nr_errors, 1) && !opt.errok)
		printf("%s of %zu at sector %" PRIu64 ": %s\n", what, len, at, why);
}

static void gens_set(struct worker *w, uint64_t pos, uint64_t sectors, uint32_t gen)
{
	for (uint64_t s = 0; s < sectors; s++)
		w->gens[pos + s] = gen;
}

static void write_do(struct worker *w, uint64_t pos, uint64_t sectors)
{
	uint64_t at = w->first + pos;
	struct iovec v = { w->buf, sectors * SECTOR };
	ssize_t done;

	w->gen++;
	for (uint64_t s = 0; s < sectors; s++)
		stamp_make(w->buf + s * WORDS, at + s, w->gen);
	done = pwritev2(w->fd, &v, 1, at * SECTOR, opt.dsync ? RWF_DSYNC : 0);
	if (done != (ssize_t)v.iov_len)
		failed(w, "write", at, v.iov_len, done);
	gens_set(w, pos, sectors, done == (ssize_t)v.iov_len ? w->gen : UNKNOWN);
	atomic_fetch_add(&nr_writes, 1);
	if (opt.fsync && ++w->unsynced % opt.fsync == 0 && fsync(w->fd))
		failed(w, "fsync", at, 0, -1);
}

static void discard_do(struct worker *w, uint64_t pos, uint64_t sectors)
{
	uint64_t range[2] = { (w->first + pos) * SECTOR, sectors * SECTOR };

	gens_set(w, pos, sectors, UNKNOWN);
	if (ioctl(w->fd, BLKDISCARD, range))
		failed(w, "discard", w->first + pos, range[1], -1);
	atomic_fetch_add(&nr_writes, 1);
}

static void read_check(struct worker *w, uint64_t pos, uint64_t sectors)
{
	uint64_t at = w->first + pos;
	ssize_t done;

	memset(w->buf, 0xa5, sectors * SECTOR);
	done = pread(w->fd, w->buf, sectors * SECTOR, at * SECTOR);
	atomic_fetch_add(&nr_reads, 1);
	if (done != (ssize_t)(sectors * SECTOR)) {
		failed(w, "read", at, sectors * SECTOR, done);
		return;
	}
	for (uint64_t s = 0; s < sectors; s++) {
		struct stamp got = stamp_read(w->buf + s * WORDS);
		uint32_t want = w->gens[pos + s];

		if (want == UNKNOWN || (got.kind == KIND_STAMP &&
					got.sector == at + s && got.gen == want))
			continue;
		if (!atomic_fetch_add(&nr_bad, 1))
			printf("sector %" PRIu64 " should be gen %u, is %s %" PRIu64
			       " gen %" PRIu64 "\n", at + s, want,
			       got.kind == KIND_STAMP ? "stamp" :
			       got.kind == KIND_ZERO ? "zero" : "junk",
			       got.sector, got.gen);
	}
}

/* The whole piece, in I/Os of the largest size. */
static void sweep(struct worker *w,
		  void (*op)(struct worker *w, uint64_t pos, uint64_t sectors))
{
	uint64_t per = opt.bs / SECTOR;

	for (uint64_t pos = 0; pos < w->count; pos += per)
		op(w, pos, w->count - pos < per ? w->count - pos : per);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (uint64_t i = 0; !atomic_load(&stop) && (!opt.ops || i < opt.ops); i++) {
		uint64_t max = opt.bs / SECTOR < w->count ? opt.bs / SECTOR : w->count;
		uint64_t sectors = 1 + random_next(&w->seed) % max;
		uint64_t pos = random_next(&w->seed) % (w->count - sectors + 1);

		if (random_next(&w->seed) % 100 >= opt.write)
			read_check(w, pos, sectors);
		else if (random_next(&w->seed) % 100 < opt.discard)
			discard_do(w, pos, sectors);
		else
			write_do(w, pos, sectors);
		progress_tell();
	}
	if (!opt.direct && fsync(w->fd))
		failed(w, "fsync", w->first, 0, -1);
	sweep(w, read_check);
	return NULL;
}

static void options_parse(char **arg)
{
	for (; *arg; arg++) {
		char *value = strchr(*arg, '=');
		size_t len;

		if (!value)
			die("what is %s?", *arg);
		len = value++ - *arg;
#define IS(name) (len == sizeof(name) - 1 && !strncmp(*arg, name, len))
		if (IS("progress"))
			opt.progress = value;
		else if (IS("threads"))
			opt.threads = number(value);
		else if (IS("bs"))
			opt.bs = number(value);
		else if (IS("direct"))
			opt.direct = number(value);
		else if (IS("write"))
			opt.write = number(value);
		else if (IS("discard"))
			opt.discard = number(value);
		else if (IS("ops"))
			opt.ops = number(value);
		else if (IS("seed"))
			opt.seed = number(value);
		else if (IS("errok"))
			opt.errok = number(value);
		else if (IS("fill"))
			opt.fill = number(value);
		else if (IS("gen"))
			opt.gen = number(value);
		else if (IS("fsync"))
			opt.fsync = number(value);
		else if (IS("dsync"))
			opt.dsync = number(value);
		else
			die("unknown option %s", *arg);
#undef IS
	}
	if (!opt.threads || opt.bs % SECTOR || !opt.bs || !opt.seed)
		die("threads, bs or seed is wrong");
}

static void progress_open(void)
{
	int fd;

	if (!opt.progress)
		return;
	fd = open(opt.progress, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, PROGRESS_SIZE))
		die("%s: %s", opt.progress, err_name(errno));
	progress = mmap(NULL, PROGRESS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (progress == MAP_FAILED)
		die("mmap: %s", err_name(errno));
	close(fd);
	progress_tell();
}

static void worker_init(struct worker *w, unsigned int i)
{
	/* Pieces begin at pages: buffered threads share none. */
	uint64_t share = opt.count / opt.threads / 8 * 8;

	w->first = opt.first + i * share;
	w->count = i + 1 < opt.threads ? share : opt.count - i * share;
	w->seed = opt.seed * 2654435761u + i + 1;
	w->gen = opt.gen;
	w->gens = calloc(w->count, sizeof(*w->gens));
	w->buf = buffer_new(opt.bs);
	w->fd = open(opt.dev, O_RDWR | (opt.direct ? O_DIRECT : 0));
	if (w->fd < 0 && !opt.write)
		w->fd = open(opt.dev, O_RDONLY | (opt.direct ? O_DIRECT : 0));
	if (w->fd < 0)
		die("%s: open: %s", opt.dev, err_name(errno));
	if (!w->gens || !w->count)
		die("no room for the range");
	gens_set(w, 0, w->count, opt.gen);
	if (opt.fill)
		sweep(w, write_do);
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	struct worker *workers;

	if (argc < 4)
		die("usage: dmioload DEV FIRST COUNT [OPT=..]");
	opt.dev = argv[1];
	opt.first = number(argv[2]);
	opt.count = number(argv[3]);
	options_parse(argv + 4);
	sigaction(SIGTERM, &term, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);

	workers = calloc(opt.threads, sizeof(*workers));
	if (!workers)
		die("out of memory");
	for (unsigned int i = 0; i < opt.threads; i++)
		worker_init(&workers[i], i);
	progress_open();
	for (unsigned int i = 0; i < opt.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	for (unsigned int i = 0; i < opt.threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("writes=%lu reads=%lu errors=%lu bad=%lu\n", nr_writes, nr_reads,
	       nr_errors, nr_bad);
	return nr_bad || (nr_errors && !opt.errok);
}

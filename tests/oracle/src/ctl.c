// SPDX-License-Identifier: GPL-2.0
/* Building a call of the control device, making it, and the record of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "oracle.h"

#define HDR	sizeof(struct dm_ioctl)

static const char *const verbs[] = {
	[DM_VERSION_CMD] = "version",
	[DM_REMOVE_ALL_CMD] = "remove_all",
	[DM_LIST_DEVICES_CMD] = "list",
	[DM_DEV_CREATE_CMD] = "create",
	[DM_DEV_REMOVE_CMD] = "remove",
	[DM_DEV_RENAME_CMD] = "rename",
	[DM_DEV_SUSPEND_CMD] = "suspend",
	[DM_DEV_STATUS_CMD] = "status",
	[DM_DEV_WAIT_CMD] = "wait",
	[DM_TABLE_LOAD_CMD] = "load",
	[DM_TABLE_CLEAR_CMD] = "clear",
	[DM_TABLE_DEPS_CMD] = "deps",
	[DM_TABLE_STATUS_CMD] = "table",
	[DM_LIST_VERSIONS_CMD] = "versions",
	[DM_TARGET_MSG_CMD] = "message",
	[DM_DEV_SET_GEOMETRY_CMD] = "geometry",
	[DM_DEV_ARM_POLL_CMD] = "arm_poll",
	[DM_GET_TARGET_VERSION_CMD] = "target_version",
};

static const char *const vias[] = { "", " fd2", " 32", " nobody" };

static struct ctl the_call;
static char before[ARENA_SIZE];

const char *ctl_verb(unsigned int nr)
{
	return nr < ARRAY_SIZE(verbs) ? verbs[nr] : "unknown";
}

int ctl_verb_nr(const char *verb)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i], verb))
			return i;
	return -1;
}

static void ctl_place(struct ctl *c, size_t offset)
{
	c->offset = offset;
	c->h = (struct dm_ioctl *)(arena_base() + offset);
}

/* An empty call with a buffer of @size bytes, which may be less than a header. */
struct ctl *ctl_new(unsigned int nr, size_t size)
{
	struct ctl *c = &the_call;
	size_t room = size < HDR ? HDR : size;

	if (room > ARENA_SIZE - CANARY_LEN)
		room = ARENA_SIZE - CANARY_LEN;
	c->nr = nr;
	c->request = _IOWR(DM_IOCTL, nr, struct dm_ioctl);
	c->via = VIA_FIRST;
	c->room = room;
	c->used = HDR;
	c->async = false;
	c->fill = 0xc3;
	text_reset(&c->args);
	ctl_place(c, 0);
	memset(c->h, c->fill, room);
	memset((char *)c->h + room, CANARY_BYTE, CANARY_LEN);
	memset(c->h, 0, HDR);
	c->h->version[0] = DM_VERSION_MAJOR;
	c->h->data_size = size;
	c->h->data_start = HDR;
	return c;
}

/* Move the buffer so that nothing is mapped behind it. */
void ctl_edge(struct ctl *c)
{
	char *to = arena_base() + ARENA_SIZE - c->room;

	memmove(to, c->h, c->room);
	ctl_place(c, ARENA_SIZE - c->room);
	text_add(&c->args, " edge");
}

/* A string as long as the field leaves it without an end, as a caller might. */
void field_copy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size);

	memset(to, 0, size);
	memcpy(to, from, n);
}

void ctl_name(struct ctl *c, const char *name)
{
	field_copy(c->h->name, name, sizeof(c->h->name));
}

void ctl_uuid(struct ctl *c, const char *uuid)
{
	field_copy(c->h->uuid, uuid, sizeof(c->h->uuid));
}

static char *ctl_take(struct ctl *c, size_t len)
{
	char *p = (char *)c->h + c->used;

	if (c->used + len > c->room)
		return NULL;
	c->used += len;
	return p;
}

/* A new name, a geometry or the name of a target type. */
void ctl_string(struct ctl *c, const char *s)
{
	char *p = ctl_take(c, strlen(s) + 1);

	text_add(&c->args, " string=");
	text_quote(&c->args, s, ARENA_SIZE);
	if (p)
		strcpy(p, s);
	else
		text_add(&c->args, "(does not fit)");
}

void ctl_message(struct ctl *c, uint64_t sector, const char *message)
{
	char *p = ctl_take(c, sizeof(sector) + strlen(message) + 1);

	text_add(&c->args, " sector=%llu message=", (unsigned long long)sector);
	text_quote(&c->args, message, ARENA_SIZE);
	if (!p) {
		text_add(&c->args, "(does not fit)");
		return;
	}
	memcpy(p, &sector, sizeof(sector));
	strcpy(p + sizeof(sector), message);
}

void ctl_target(struct ctl *c, uint64_t start, uint64_t len, const char *type,
		const char *params)
{
	size_t size = sizeof(struct dm_target_spec) + strlen(params) + 1;
	struct dm_target_spec spec = { .sector_start = start, .length = len };
	char *p;

	size = (size + 7) & ~7ul;
	p = ctl_take(c, size);
	text_add(&c->args, "\n  < %llu %llu ", (unsigned long long)start,
		 (unsigned long long)len);
	text_quote(&c->args, type, DM_MAX_TYPE_NAME);
	text_add(&c->args, " ");
	text_quote(&c->args, params, 300);
	c->h->target_count++;
	if (!p) {
		text_add(&c->args, "(does not fit)");
		return;
	}
	spec.next = size;
	field_copy(spec.target_type, type, sizeof(spec.target_type));
	memcpy(p, &spec, sizeof(spec));
	strcpy(p + sizeof(spec), params);
}

static void header_text(struct text *t, const struct dm_ioctl *h)
{
	text_add(t, "%u.%u.%u size=%u start=%u count=%u open=%d flags=0x%x ev=%u pad=0x%x dev=0x%llx name=",
		 h->version[0], h->version[1], h->version[2], h->data_size,
		 h->data_start, h->target_count, h->open_count, h->flags,
		 h->event_nr, h->padding, (unsigned long long)h->dev);
	text_quote(t, h->name, sizeof(h->name));
	text_add(t, " uuid=");
	text_quote(t, h->uuid, sizeof(h->uuid));
}

/* The bytes behind the end of a string are zero, as they were, or new. */
static void rest_text(struct text *t, const char *what, const char *now,
		      const char *was, size_t size)
{
	size_t n = strnlen(now, size), i;

	for (i = n; i < size && !now[i]; i++)
		;
	if (i == size)
		return;
	if (!memcmp(now + n, was + n, size - n))
		text_add(t, " %s-rest=same", what);
	else
		text_add(t, " %s-rest=%llx", what,
			 (unsigned long long)hash_bytes(now + n, size - n, 0));
}

/*
 * Which bytes of the buffer the decoders below have accounted for; of the rest,
 * the padding between records, only its state goes into the log.
 */
static bool shown[ARENA_SIZE];
static const char *shown_base;

static void show(const void *p, size_t len)
{
	size_t at = (const char *)p - shown_base;

	if (at < ARENA_SIZE && len <= ARENA_SIZE - at)
		memset(shown + at, true, len);
}

static void show_string(const char *s)
{
	show(s, strlen(s) + 1);
}

/* A string that has to end before @end; NULL if it does not. */
static const char *bounded(const char *p, const char *end)
{
	if (p >= end || !memchr(p, 0, end - p))
		return NULL;
	return p;
}

static void decode_list(struct text *t, const char *p, const char *end)
{
	for (;;) {
		const struct dm_name_list *n = (const void *)p;
		const char *q;
		uint32_t w[2];

		if (p + sizeof(*n) > end || !bounded(n->name, end)) {
			text_add(t, "  > list passes the end\n");
			return;
		}
		text_add(t, "  > dev=0x%llx next=%u ",
			 (unsigned long long)n->dev, n->next);
		text_quote(t, n->name, end - n->name);
		show(p, sizeof(*n));
		show_string(n->name);
		q = n->name + strlen(n->name) + 1;
		q = p + ((q - p + 7) & ~7ul);
		if (n->dev && q + sizeof(w) <= end) {
			memcpy(w, q, sizeof(w));
			text_add(t, " ev=%u flags=%u", w[0], w[1]);
			show(q, sizeof(w));
			if ((w[1] & DM_NAME_LIST_FLAG_HAS_UUID) &&
			    bounded(q + 8, end)) {
				text_add(t, " ");
				text_quote(t, q + 8, end - q - 8);
				show_string(q + 8);
			}
		}
		text_add(t, "\n");
		if (!n->next)
			return;
		if (n->next > (size_t)(end - p)) {
			text_add(t, "  > next passes the end\n");
			return;
		}
		p += n->next;
	}
}

static void decode_specs(struct text *t, const char *p, const char *end,
			 unsigned int count)
{
	const char *start = p;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct dm_target_spec s;

		if (p < start || p + sizeof(s) > end ||
		    !bounded(p + sizeof(s), end)) {
			text_add(t, "  > target %u passes the end\n", i);
			return;
		}
		memcpy(&s, p, sizeof(s));
		text_add(t, "  > %llu %llu ", (unsigned long long)s.sector_start,
			 (unsigned long long)s.length);
		text_quote(t, s.target_type, sizeof(s.target_type));
		text_add(t, " ");
		text_quote(t, p + sizeof(s), end - p - sizeof(s));
		text_add(t, " status=%d next=%u\n", s.status, s.next);
		show(p, offsetof(struct dm_target_spec, target_type));
		show(p + offsetof(struct dm_target_spec, target_type),
		     strnlen(s.target_type, sizeof(s.target_type) - 1) + 1);
		show_string(p + sizeof(s));
		/* What the last one says of the next is not followed. */
		if (i + 1 < count && s.next > (size_t)(end - start)) {
			text_add(t, "  > next passes the end\n");
			return;
		}
		p = start + s.next;
	}
}

static void decode_versions(struct text *t, const char *p, const char *end)
{
	for (;;) {
		const struct dm_target_versions *v = (const void *)p;

		if (p + sizeof(*v) > end || !bounded(v->name, end)) {
			text_add(t, "  > versions pass the end\n");
			return;
		}
		text_add(t, "  > %u.%u.%u next=%u ", v->version[0],
			 v->version[1], v->version[2], v->next);
		text_quote(t, v->name, end - v->name);
		text_add(t, "\n");
		show(p, sizeof(*v));
		show_string(v->name);
		if (!v->next)
			return;
		if (v->next > (size_t)(end - p)) {
			text_add(t, "  > next passes the end\n");
			return;
		}
		p += v->next;
	}
}

static void decode_deps(struct text *t, const char *p, const char *end)
{
	struct dm_target_deps d;
	unsigned int i;
	uint64_t dev;

	if (p + sizeof(d) > end) {
		text_add(t, "  > deps pass the end\n");
		return;
	}
	memcpy(&d, p, sizeof(d));
	text_add(t, "  > deps %u", d.count);
	show(p, sizeof(d.count));
	p += sizeof(d);
	for (i = 0; i < d.count && p + sizeof(dev) <= end; i++, p += sizeof(dev)) {
		memcpy(&dev, p, sizeof(dev));
		show(p, sizeof(dev));
		text_add(t, " 0x%llx", (unsigned long long)dev);
	}
	text_add(t, i < d.count ? " pass the end\n" : "\n");
}

/*
 * Statistics hold times, which no two runs share: of each region's line only
 * the counts stay, of a histogram and the like nothing has to go.
 */
static void decode_data(struct text *t, const char *p, const char *end)
{
	static const bool is_time[] = {
		false, false, false, false, true, false, false, false, true,
		false, true, true, true, true
	};

	if (!bounded(p, end)) {
		text_add(t, "  > data passes the end\n");
		return;
	}
	while (*p) {
		size_t n = strcspn(p, "\n");
		unsigned int field;
		char line[1024], *save, *word;

		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		p += n + (p[n] == '\n');
		text_add(t, "  > ");
		save = line;
		if (!strchr(line, '+') || strchr(line, '"') || line[0] < '0' ||
		    line[0] > '9' || strchr(line, ':')) {
			text_quote(t, line, sizeof(line));
			save = NULL;
		}
		for (field = 0; save && (word = strsep(&save, " ")); field++)
			if (field < ARRAY_SIZE(is_time) && is_time[field])
				text_add(t, "T ");
			else
				text_add(t, "%s ", word);
		text_add(t, "\n");
	}
}

static void payload_text(struct text *t, unsigned int nr, const char *now,
			 size_t room)
{
	const struct dm_ioctl *h = (const void *)now;
	const char *p, *end;

	if (h->data_start > room || h->data_size > room ||
	    h->data_start >= h->data_size ||
	    ((h->flags & DM_BUFFER_FULL_FLAG) && nr != DM_TABLE_STATUS_CMD &&
	     nr != DM_DEV_WAIT_CMD))
		return;
	p = now + h->data_start;
	end = now + h->data_size;
	if (nr == DM_LIST_DEVICES_CMD)
		decode_list(t, p, end);
	else if (nr == DM_TABLE_STATUS_CMD || nr == DM_DEV_WAIT_CMD)
		decode_specs(t, p, end, h->target_count);
	else if (nr == DM_LIST_VERSIONS_CMD || nr == DM_GET_TARGET_VERSION_CMD)
		decode_versions(t, p, end);
	else if (nr == DM_TABLE_DEPS_CMD)
		decode_deps(t, p, end);
	else if (nr == DM_TARGET_MSG_CMD && (h->flags & DM_DATA_OUT_FLAG))
		decode_data(t, p, end);
}

/*
 * How far the bytes behind the header are new, and what the padding is: kept as
 * the caller had it (but for zeroes), all zero, or something else.
 */
static void change_text(struct text *t, const char *was, const char *now,
			size_t room, bool masked)
{
	size_t a = HDR, b = room, end, i, pad = 0;
	bool kept = true, zero = true;
	uint64_t h = 0;

	while (a < b && was[a] == now[a])
		a++;
	while (b > a && was[b - 1] == now[b - 1])
		b--;
	if (a == b)
		return;
	if (masked) {
		text_add(t, "  bytes %zu..\n", a);
		return;
	}
	for (i = a; i < b; i++) {
		if (shown[i])
			continue;
		pad++;
		kept &= now[i] == was[i] || !now[i];
		zero &= !now[i];
		h = hash_bytes(&now[i], 1, h);
	}
	for (end = b; end > a && !shown[end - 1] && !now[end - 1]; end--)
		;
	text_add(t, "  bytes %zu..%zu", a, end);
	if (pad && zero)
		text_add(t, " padding zero");
	else if (pad && kept)
		text_add(t, " padding kept");
	else if (pad)
		text_add(t, " padding %zu bytes %016llx", pad,
			 (unsigned long long)h);
	text_add(t, "\n");
}

static void result_text(struct text *t, unsigned int nr, const char *was,
			const char *now, size_t room, int ret, int err)
{
	const struct dm_ioctl *h = (const void *)now, *old = (const void *)was;
	size_t i;

	text_add(t, "  = %d %s\n", ret, err_name(err));
	text_add(t, "  h ");
	header_text(t, h);
	rest_text(t, "name", h->name, old->name, sizeof(h->name));
	rest_text(t, "uuid", h->uuid, old->uuid, sizeof(h->uuid));
	if (memcmp(h->data, old->data, sizeof(h->data)))
		text_add(t, " pad-bytes=%016llx", (unsigned long long)
			 hash_bytes(h->data, sizeof(h->data), 0));
	text_add(t, "\n");
	shown_base = now;
	memset(shown, 0, room);
	if (!ret)
		payload_text(t, nr, now, room);
	change_text(t, was, now, room,
		    nr == DM_TARGET_MSG_CMD && (h->flags & DM_DATA_OUT_FLAG));
	for (i = room; i < room + CANARY_LEN && was[i] == now[i]; i++)
		;
	if (i < room + CANARY_LEN)
		text_add(t, "  CANARY written at %zu\n", i);
}

static unsigned int nr_of(struct ctl *c)
{
	return _IOC_NR(c->request);
}

/*
 * Where a new table turns out not to fit, the stock core drops it and leaves
 * the device suspended; ours leaves the device as it was. That difference is
 * seen in this call; bring both to the same state, so that later calls compare.
 */
static void resume_failed(const struct dm_ioctl *h)
{
	struct dm_ioctl reply;

	if (quiet_status(h->name, h->uuid, h->dev, &reply))
		return;
	log_add("  flags after it 0x%x\n", reply.flags);
	quiet_drop_table(reply.dev);
}

/* What has to be known, or put right, after a call. */
static void ctl_after(unsigned int nr, int ret, const struct dm_ioctl *in,
		      const struct dm_ioctl *out)
{
	if (ret < 0 && nr == DM_DEV_SUSPEND_CMD)
		resume_failed(in);
	else if (!ret && nr == DM_TABLE_CLEAR_CMD)
		cleared_note(out->dev, true);
	else if (!ret && (nr == DM_TABLE_LOAD_CMD || nr == DM_DEV_CREATE_CMD))
		cleared_note(out->dev, false);
}

static void job_ioctl(struct job *job)
{
	errno = 0;
	job->ret = ioctl(job->fd, (unsigned long)job->off, job->ptr);
	job->err = job->ret < 0 ? errno : 0;
}

/* Not on the worker: whether that sleeps must depend on the ioctl alone. */
static void job_ioctl_report(struct job *job)
{
	char *now = job->ptr, *was = now + job->len + CANARY_LEN;

	result_text(&job->result, job->op, was, now, job->len, job->ret,
		    job->err);
	ctl_after(_IOC_NR(job->off), job->ret, (void *)was, (void *)now);
	free(now);
}

static void ctl_on_worker(struct ctl *c)
{
	struct job *job = worker_get(JOB_WAIT);
	size_t whole;

	if (!job) {
		log_add("  no worker is free\n");
		return;
	}
	whole = c->room + CANARY_LEN;
	job->ptr = malloc(2 * whole);
	if (!job->ptr)
		die("no memory");
	memcpy(job->ptr, c->h, c->room);
	memset((char *)job->ptr + c->room, CANARY_BYTE, CANARY_LEN);
	memcpy((char *)job->ptr + whole, job->ptr, whole);
	job->len = c->room;
	job->off = c->request;
	job->op = c->nr;
	job->fd = arena_control_fd(c->via);
	job->run = job_ioctl;
	job->report = job_ioctl_report;
	worker_start(job);
	worker_finish(job);
}

/* Removal waits for whoever still has the device, as a waiter has. */
static bool may_remove(struct ctl *c)
{
	unsigned int nr = nr_of(c);

	return nr == DM_DEV_REMOVE_CMD || nr == DM_REMOVE_ALL_CMD;
}

/* Make the call; what it was given is in the log before it is made. */
void ctl_run(struct ctl *c)
{
	static struct text t;
	struct dm_ioctl header = *c->h;
	bool edge = c->offset != 0;

	text_reset(&t);
	text_add(&t, "%s%s ", ctl_verb(c->nr), vias[c->via]);
	header_text(&t, c->h);
	log_add("%s%s\n", t.s, c->args.s && c->args.len ? c->args.s : "");
	log_flush();
	if (nr_of(c) == DM_DEV_RENAME_CMD && cleared_is(c->h->name)) {
		log_add("  left out: the stock core would free memory twice\n");
		c->ret = 0;
		c->err = 0;
		return;
	}
	if (may_remove(c) && (c->h->flags & DM_DEFERRED_REMOVE))
		deferred_expect();
	if (c->async || workers_blocked_io() ||
	    (workers_waiting() && may_remove(c))) {
		ctl_on_worker(c);
		c->ret = 0;
		c->err = 0;
		return;
	}
	memcpy(before, c->h, c->room + (edge ? 0 : CANARY_LEN));
	c->ret = arena_ioctl(c->via, c->request, c->offset, &c->err);
	text_reset(&t);
	if (edge) {
		/* Behind the edge there is no canary that could be looked at. */
		static char after[ARENA_SIZE];

		memcpy(after, c->h, c->room);
		memset(after + c->room, 0, CANARY_LEN);
		memset(before + c->room, 0, CANARY_LEN);
		result_text(&t, c->nr, before, after, c->room, c->ret, c->err);
	} else {
		result_text(&t, c->nr, before, (char *)c->h, c->room, c->ret,
			    c->err);
	}
	log_text(t.s);
	ctl_after(nr_of(c), c->ret, &header, c->h);
}

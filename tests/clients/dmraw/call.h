/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One device-mapper ioctl: its buffer, built word by word, and what came back.
 *
 * The buffer of every call lies either in front of a page that is not mapped
 * (a kernel that reads or writes behind it gets EFAULT) or in front of a page
 * of canary bytes (a kernel that writes behind it is seen).
 */
#ifndef DMRAW_CALL_H
#define DMRAW_CALL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include "lex.h"

#define CALL_HDR sizeof(struct dm_ioctl)
#define CALL_SIZE 8192			/* data_size unless the line gives one */
#define CALL_AREA (128UL << 20)
#define CALL_PAYLOAD (96UL << 20)
#define CALL_CANARY 4096
#define CALL_FILL 0xee
#define CALL_FDS 16

static bool call_guard;			/* guard page instead of canary */
static int call_fd[CALL_FDS] = { [0 ... CALL_FDS - 1] = -1 };
static uint32_t call_version[3];	/* of the kernel, once it is known */

static const struct {
	const char *name;
	uint32_t bit;
} call_flags[] = {
	{ "ro", DM_READONLY_FLAG }, { "suspend", DM_SUSPEND_FLAG },
	{ "persistent", DM_PERSISTENT_DEV_FLAG }, { "table", DM_STATUS_TABLE_FLAG },
	{ "active", DM_ACTIVE_PRESENT_FLAG }, { "inactive", DM_INACTIVE_PRESENT_FLAG },
	{ "full", DM_BUFFER_FULL_FLAG }, { "skip_bdget", DM_SKIP_BDGET_FLAG },
	{ "nolockfs", DM_SKIP_LOCKFS_FLAG }, { "noflush", DM_NOFLUSH_FLAG },
	{ "query", DM_QUERY_INACTIVE_TABLE_FLAG }, { "uevent", DM_UEVENT_GENERATED_FLAG },
	{ "uuid", DM_UUID_FLAG }, { "secure", DM_SECURE_DATA_FLAG },
	{ "dataout", DM_DATA_OUT_FLAG }, { "deferred", DM_DEFERRED_REMOVE },
	{ "internal", DM_INTERNAL_SUSPEND_FLAG }, { "ima", DM_IMA_MEASUREMENT_FLAG },
};

static const struct {
	const char *name;
	unsigned int nr;
	uint32_t flags;			/* implied by the verb */
} call_verbs[] = {
	{ "version", DM_VERSION_CMD, 0 }, { "remove_all", DM_REMOVE_ALL_CMD, 0 },
	{ "list", DM_LIST_DEVICES_CMD, 0 }, { "create", DM_DEV_CREATE_CMD, 0 },
	{ "remove", DM_DEV_REMOVE_CMD, 0 }, { "rename", DM_DEV_RENAME_CMD, 0 },
	{ "suspend", DM_DEV_SUSPEND_CMD, DM_SUSPEND_FLAG },
	{ "resume", DM_DEV_SUSPEND_CMD, 0 }, { "status", DM_DEV_STATUS_CMD, 0 },
	{ "wait", DM_DEV_WAIT_CMD, 0 }, { "load", DM_TABLE_LOAD_CMD, 0 },
	{ "clear", DM_TABLE_CLEAR_CMD, 0 }, { "deps", DM_TABLE_DEPS_CMD, 0 },
	{ "info", DM_TABLE_STATUS_CMD, 0 },
	{ "table", DM_TABLE_STATUS_CMD, DM_STATUS_TABLE_FLAG },
	{ "versions", DM_LIST_VERSIONS_CMD, 0 }, { "message", DM_TARGET_MSG_CMD, 0 },
	{ "geometry", DM_DEV_SET_GEOMETRY_CMD, 0 },
	{ "arm", DM_DEV_ARM_POLL_CMD, 0 },
	{ "target_version", DM_GET_TARGET_VERSION_CMD, 0 },
};

struct call {
	unsigned long req;
	int fd;
	uint8_t *buf;			/* the call's buffer in the area */
	uint8_t *before;		/* copy of it as it was sent */
	size_t alloc;			/* bytes of buf */
	size_t size;			/* data_size as sent */
	int ret, err;			/* err is 0 if ret >= 0 */
	const char *damage;		/* an invariant that broke */
};

static uint8_t *call_area, *call_space;
static struct call_loaded {
	uint8_t *p;			/* the specs of the last "load" */
	size_t len;
	uint32_t count;
} call_loaded;

static inline struct dm_ioctl *call_hdr(const struct call *c)
{
	return (struct dm_ioctl *)c->buf;
}

static inline const struct dm_ioctl *call_sent(const struct call *c)
{
	return (const struct dm_ioctl *)c->before;
}

static uint32_t flags_parse(const char *s)
{
	char *copy = strdup(s), *save = NULL;
	uint32_t bits = 0;

	for (char *f = strtok_r(copy, "|", &save); f; f = strtok_r(NULL, "|", &save)) {
		size_t i;

		for (i = 0; i < sizeof(call_flags) / sizeof(call_flags[0]); i++)
			if (!strcmp(call_flags[i].name, f))
				break;
		if (i < sizeof(call_flags) / sizeof(call_flags[0]))
			bits |= call_flags[i].bit;
		else if (isdigit((unsigned char)*f))
			bits |= strtoul(f, NULL, 0);
		else
			die("no flag '%s'", f);
	}
	free(copy);
	return bits;
}

static void flags_print(uint32_t bits, char *out, size_t room)
{
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < sizeof(call_flags) / sizeof(call_flags[0]); i++) {
		if (!(bits & call_flags[i].bit))
			continue;
		bits &= ~call_flags[i].bit;
		n += snprintf(out + n, room - n, "%s%s", n ? "|" : "", call_flags[i].name);
	}
	if (bits || !n)
		snprintf(out + n, room - n, n ? "|%#x" : "%#x", bits);
}

/* The encoding of a device number in struct dm_ioctl: minor's high bits on top. */
static uint64_t dev_parse(const char *s)
{
	unsigned int maj, min;
	int used = 0;

	if (sscanf(s, "%u:%u%n", &maj, &min, &used) != 2 || s[used])
		return strtoull(s, NULL, 0);
	return (min & 0xff) | (uint64_t)maj << 8 | (uint64_t)(min & ~0xffU) << 12;
}

static void dev_print(uint64_t d, char *out, size_t room)
{
	unsigned int min = (d & 0xff) | (d >> 12 & 0xfff00);

	if (d >> 32)
		snprintf(out, room, "0x%llx", (unsigned long long)d);
	else
		snprintf(out, room, "%u:%u", (unsigned int)(d >> 8 & 0xfff), min);
}

static void call_area_init(void)
{
	size_t tail = CALL_CANARY;

	call_area = mmap(NULL, CALL_AREA + tail, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	call_space = mmap(NULL, CALL_PAYLOAD, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (call_area == MAP_FAILED || call_space == MAP_FAILED)
		die("no memory");
	if (call_guard && mprotect(call_area + CALL_AREA, tail, PROT_NONE))
		die("mprotect: %m");
}

/* Opens control file @i if it is not open; ones above 0 are for poll and drops. */
static int control_fd(unsigned int i)
{
	if (i >= CALL_FDS)
		die("control file %u", i);
	if (call_fd[i] < 0)
		call_fd[i] = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	return call_fd[i];
}

/* The data part of a call while it is being put together. */
struct payload {
	uint8_t *p;
	size_t len, room;
	size_t spec;			/* offset of the last target spec */
	unsigned int specs;
};

static void payload_add(struct payload *pl, const void *data, size_t len)
{
	if (pl->len + len > pl->room)
		die("payload too long");
	if (data)
		memcpy(pl->p + pl->len, data, len);
	pl->len += len;
}

/* "START LENGTH TYPE [PARAMETERS]"; parameters end with a NUL and are padded to 8. */
static void payload_target(struct payload *pl, const struct word *w)
{
	struct dm_target_spec spec = { 0 };
	char type[64];
	unsigned long long start, len;
	int used = 0;

	if (sscanf(w->val, "%lli %lli %63s%n", (long long *)&start,
		   (long long *)&len, type, &used) != 3)
		die("bad target '%s'", w->val);
	used += w->val[used] == ' ';
	spec.sector_start = start;
	spec.length = len;
	memcpy(spec.target_type, type, strnlen(type, sizeof(spec.target_type)));
	if (pl->len & 7)
		payload_add(pl, NULL, 8 - (pl->len & 7));
	pl->spec = pl->len;
	spec.next = (sizeof(spec) + w->len - used + 1 + 7) & ~7U;
	payload_add(pl, &spec, sizeof(spec));
	payload_add(pl, w->val + used, w->len - used);
	payload_add(pl, "", 1);
	pl->specs++;
}

/*
 * "COUNT LENGTH DEVICE": linear targets side by side, which lie on the device in
 * the opposite order.
 */
static void payload_fill(struct payload *pl, const struct word *w)
{
	unsigned long count, length;
	char dev[32], text[96];

	if (sscanf(w->val, "%lu %lu %31s", &count, &length, dev) != 3)
		die("bad fill '%s'", w->val);
	for (unsigned long i = 0; i < count; i++) {
		struct word one = { .val = text };

		one.len = snprintf(text, sizeof(text), "%lu %lu linear %s %lu", i * length,
				   length, dev, (count - 1 - i) * length);
		payload_target(pl, &one);
	}
}

static void payload_message(struct payload *pl, const struct word *w)
{
	struct dm_target_msg m = { 0 };
	char *text;

	m.sector = strtoull(w->val, &text, 0);
	text += *text == ' ';
	payload_add(pl, &m.sector, sizeof(m.sector));
	payload_add(pl, text, w->len - (text - w->val) + 1);
}

static bool payload_word(struct payload *pl, const struct word *w)
{
	struct dm_target_spec *spec = (void *)(pl->p + pl->spec);

	if (word_is(w, "t"))
		payload_target(pl, w);
	else if (word_is(w, "fill"))
		payload_fill(pl, w);
	else if (word_is(w, "next"))
		spec->next = word_number(w);
	else if (word_is(w, "type"))
		memcpy(spec->target_type, w->val, w->len < 16 ? w->len + 1 : 16);
	else if (word_is(w, "msg"))
		payload_message(pl, w);
	else if (word_is(w, "str"))
		payload_add(pl, w->val, w->len + 1);
	else if (word_is(w, "raw"))
		payload_add(pl, w->val, w->len);
	else if (word_is(w, "trim"))
		pl->len -= word_number(w);
	else
		return false;
	return true;
}

static void field_text(char *field, size_t room, const struct word *w)
{
	memset(field, 0, room);
	memcpy(field, w->val, w->len < room ? w->len : room);
}

static bool header_word(struct dm_ioctl *h, const struct word *w)
{
	if (word_is(w, "name"))
		field_text(h->name, sizeof(h->name), w);
	else if (word_is(w, "uuid"))
		field_text(h->uuid, sizeof(h->uuid), w);
	else if (word_is(w, "dev"))
		h->dev = dev_parse(w->val);
	else if (word_is(w, "flags"))
		h->flags |= flags_parse(w->val);
	else if (word_is(w, "event"))
		h->event_nr = word_number(w);
	else if (word_is(w, "count"))
		h->target_count = word_number(w);
	else if (word_is(w, "open"))
		h->open_count = word_number(w);
	else if (word_is(w, "start"))
		h->data_start = word_number(w);
	else if (!word_is(w, "ver"))
		return false;
	else if (sscanf(w->val, "%u.%u.%u", &h->version[0], &h->version[1], &h->version[2]) != 3)
		die("bad version");
	return true;
}

/* Lays header and payload out in the area, its end against the guard or canary. */
static void call_place(struct call *c, const struct dm_ioctl *h, const struct payload *pl)
{
	size_t at = h->data_start;

	if (c->alloc > CALL_AREA)
		die("buffer too long");
	c->buf = call_area + CALL_AREA - c->alloc;
	memset(c->buf, CALL_FILL, c->alloc);
	if (!call_guard)
		memset(call_area + CALL_AREA, CALL_FILL ^ 0xff, CALL_CANARY);
	memcpy(c->buf, h, c->alloc < CALL_HDR ? c->alloc : CALL_HDR);
	if (at <= c->alloc)
		memcpy(c->buf + at, pl->p, pl->len < c->alloc - at ? pl->len : c->alloc - at);
	c->before = xalloc(c->alloc);
	memcpy(c->before, c->buf, c->alloc);
}

/*
 * Words: name uuid dev flags event count ver start (header), t fill next type msg str
 * raw trim (payload), size (data_size; "fit": just the payload), alloc (bytes there
 * really are), ctl (which control file), req/nr (another command).
 */
static struct call *call_build(const char *verb, const struct word *w, int n)
{
	struct payload pl = { .p = call_space, .room = CALL_PAYLOAD };
	struct dm_ioctl h = { .version = { 4, 0, 0 }, .data_start = CALL_HDR };
	struct call *c = xalloc(sizeof(*c));
	bool count = false, fit = false;
	unsigned int fd = 0;
	size_t i;

	for (i = 0; i < sizeof(call_verbs) / sizeof(call_verbs[0]); i++)
		if (!strcmp(call_verbs[i].name, verb))
			break;
	if (i < sizeof(call_verbs) / sizeof(call_verbs[0])) {
		c->req = _IOWR(DM_IOCTL, call_verbs[i].nr, struct dm_ioctl);
		h.flags = call_verbs[i].flags;
	} else if (strcmp(verb, "ioctl")) {
		die("no verb '%s'", verb);
	}
	c->size = CALL_SIZE;
	for (; n; n--, w++) {
		if (word_is(w, "size")) {
			fit = !strcmp(w->val, "fit");
			c->size = fit ? 0 : word_number(w);
		} else if (word_is(w, "alloc")) {
			c->alloc = word_number(w);
		} else if (word_is(w, "ctl")) {
			fd = word_number(w);
		} else if (word_is(w, "req")) {
			c->req = word_number(w);
		} else if (word_is(w, "nr")) {
			c->req = _IOWR(DM_IOCTL, word_number(w), struct dm_ioctl);
		} else if (!header_word(&h, w) && !payload_word(&pl, w)) {
			die("unknown word '%s'", w->key ? w->key : w->val);
		}
		count |= word_is(w, "count");
	}
	if (!count)
		h.target_count = pl.specs;
	if (fit)
		c->size = h.data_start + pl.len;
	else if (c->size == CALL_SIZE && pl.len > CALL_SIZE - CALL_HDR)
		c->size = CALL_HDR + pl.len;
	h.data_size = c->size;
	if (!c->alloc)
		c->alloc = c->size < CALL_HDR || c->size > CALL_AREA ? CALL_HDR : c->size;
	call_place(c, &h, &pl);
	if (!strcmp(verb, "load") && pl.len) {
		free(call_loaded.p);
		call_loaded.p = xalloc(pl.len);
		memcpy(call_loaded.p, pl.p, pl.len);
		call_loaded.len = pl.len;
		call_loaded.count = pl.specs;
	}
	c->fd = control_fd(fd);
	return c;
}

static void call_free(struct call *c)
{
	free(c->before);
	free(c);
}

/* Whether nothing is left of what was sent behind the header. */
static bool call_wiped(const struct call *c)
{
	for (size_t i = CALL_HDR; i < c->alloc && i < c->size; i++)
		if (c->buf[i])
			return false;
	return true;
}

/* What must hold after every call, whatever it was and however it ended. */
static void call_check(struct call *c)
{
	struct dm_ioctl *h = call_hdr(c);
	const uint8_t *want = NULL;

	if (!call_guard)
		for (size_t i = 0; i < CALL_CANARY; i++)
			if (call_area[CALL_AREA + i] != (CALL_FILL ^ 0xff))
				c->damage = "wrote behind the buffer";
	/* a buffer longer than data_size: the rest is not the kernel's either */
	if (c->size >= CALL_HDR && c->alloc > c->size &&
	    memcmp(c->buf + c->size, c->before + c->size, c->alloc - c->size))
		c->damage = "wrote behind data_size";
	if (c->err == EFAULT && c->alloc >= CALL_HDR)
		/* the header was there, something behind it was not */
		want = (const uint8_t *)call_version;
	else if ((c->req >> 8 & 0xff) != DM_IOCTL || c->err == EFAULT || c->err == EACCES ||
		 c->err == EBADF)
		want = c->before;
	else if (call_version[0])
		want = (const uint8_t *)call_version;
	if (c->alloc < sizeof(h->version))
		return;
	/* a failing call whose data is secret may clear the header with it */
	if (c->err && call_sent(c)->flags & DM_SECURE_DATA_FLAG && call_wiped(c))
		return;
	if (want && memcmp(h->version, want, sizeof(h->version)))
		c->damage = "version not filled in";
	/* a call that fails says so with its errno and the version, and nothing else */
	if (c->err && memcmp(c->buf + sizeof(h->version), c->before + sizeof(h->version),
			     c->alloc - sizeof(h->version)))
		c->damage = "failed and wrote more than the version";
}

static void call_run(struct call *c)
{
	c->ret = ioctl(c->fd, c->req, c->buf);
	c->err = c->ret < 0 ? errno : 0;
	call_check(c);
}

#endif

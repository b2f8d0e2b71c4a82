/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call returned, as text.
 *
 * Every record is checked while it is read: it lies inside the bytes that the
 * kernel says it returned, is aligned, and its string ends. A reply that breaks
 * this renders as "<...>", which no expectation matches.
 */
#ifndef DMRAW_RENDER_H
#define DMRAW_RENDER_H

#include "call.h"

struct reply {
	const uint8_t *p;		/* start of the data */
	size_t len;
	char *out;
	size_t n, room;
};

static void __attribute__((format(printf, 2, 3))) reply_add(struct reply *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (r->n < r->room)
		r->n += vsnprintf(r->out + r->n, r->room - r->n, fmt, ap);
	va_end(ap);
}

/* The string at @at if it ends inside the reply, else NULL. */
static const char *reply_string(const struct reply *r, size_t at)
{
	if (at >= r->len || !memchr(r->p + at, 0, r->len - at))
		return NULL;
	return (const char *)r->p + at;
}

static const char *render_list(struct reply *r)
{
	size_t at = 0;

	if (!r->len)			/* no devices */
		return NULL;
	for (;;) {
		struct dm_name_list rec;
		char dev[32];
		const char *name;
		uint32_t tail[2];
		size_t t;

		if (at & 7 || at + sizeof(rec) > r->len)
			return "<record outside>";
		memcpy(&rec, r->p + at, sizeof(rec));
		if (!at && !rec.dev)
			return NULL;
		name = reply_string(r, at + offsetof(struct dm_name_list, name));
		if (!name)
			return "<name outside>";
		t = at + offsetof(struct dm_name_list, name) + strlen(name) + 1;
		t = (t + 7) & ~7UL;
		if (t + sizeof(tail) > r->len)
			return "<event outside>";
		memcpy(tail, r->p + t, sizeof(tail));
		dev_print(rec.dev, dev, sizeof(dev));
		reply_add(r, "%s%s %s %u", at ? "; " : "", name, dev, tail[0]);
		if (tail[1] & DM_NAME_LIST_FLAG_HAS_UUID) {
			const char *uuid = reply_string(r, t + sizeof(tail));

			if (!uuid)
				return "<uuid outside>";
			reply_add(r, " uuid=%s", uuid);
		} else if (tail[1] == DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID) {
			reply_add(r, " -");
		} else if (tail[1]) {
			return "<bad uuid flags>";
		}
		if (!rec.next)
			return NULL;
		if (at + rec.next <= at || at + rec.next > r->len)
			return "<next outside>";
		at += rec.next;
	}
}

static const char *render_targets(struct reply *r, uint32_t count)
{
	size_t at = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct dm_target_spec spec;
		const char *params;

		if (at & 7 || at + sizeof(spec) > r->len)
			return "<spec outside>";
		memcpy(&spec, r->p + at, sizeof(spec));
		params = reply_string(r, at + sizeof(spec));
		if (!params)
			return "<parameters outside>";
		if (!memchr(spec.target_type, 0, sizeof(spec.target_type)))
			return "<type not terminated>";
		reply_add(r, "%s%llu %llu %s%s%s", i ? "; " : "",
			  (unsigned long long)spec.sector_start,
			  (unsigned long long)spec.length, spec.target_type,
			  *params ? " " : "", params);
		if (spec.status)
			reply_add(r, " status=%d", spec.status);
		if (spec.next <= at + sizeof(spec) || (i + 1 < count && spec.next > r->len))
			return "<next outside>";
		at = spec.next;
	}
	return NULL;
}

static const char *render_deps(struct reply *r)
{
	struct dm_target_deps head;

	if (sizeof(head) > r->len)
		return "<deps outside>";
	memcpy(&head, r->p, sizeof(head));
	if (head.count > (r->len - sizeof(head)) / 8)
		return "<count outside>";
	for (uint32_t i = 0; i < head.count; i++) {
		uint64_t d;
		char dev[32];

		memcpy(&d, r->p + sizeof(head) + 8 * i, 8);
		dev_print(d, dev, sizeof(dev));
		reply_add(r, "%s%s", i ? " " : "", dev);
	}
	return NULL;
}

static const char *render_versions(struct reply *r)
{
	size_t at = 0;

	for (;;) {
		struct dm_target_versions v;
		const char *name;

		if (at & 3 || at + sizeof(v) > r->len)
			return "<record outside>";
		memcpy(&v, r->p + at, sizeof(v));
		name = reply_string(r, at + sizeof(v));
		if (!name)
			return "<name outside>";
		reply_add(r, "%s%s %u.%u.%u", at ? "; " : "", name,
			  v.version[0], v.version[1], v.version[2]);
		if (!v.next)
			return NULL;
		if (at + v.next <= at || at + v.next > r->len)
			return "<next outside>";
		at += v.next;
	}
}

/* The payload of a successful call as text; "" where it has none. */
static void render(const struct call *c, char *out, size_t room)
{
	const struct dm_ioctl *h = call_hdr(c);
	struct reply r = { .out = out, .room = room };
	const char *bad = NULL;

	out[0] = 0;
	if (c->err || h->flags & DM_BUFFER_FULL_FLAG || c->alloc < CALL_HDR)
		return;
	if (h->data_size > c->size) {
		snprintf(out, room, "<data_size %u grew over %zu>", h->data_size, c->size);
		return;
	}
	r.len = h->data_size > h->data_start ? h->data_size - h->data_start : 0;
	r.p = c->buf + h->data_start;
	switch (c->req & 0xff) {
	case DM_LIST_DEVICES_CMD:
		bad = render_list(&r);
		break;
	case DM_DEV_WAIT_CMD:
	case DM_TABLE_STATUS_CMD:
		bad = render_targets(&r, h->target_count);
		break;
	case DM_TABLE_DEPS_CMD:
		if (h->flags & (DM_ACTIVE_PRESENT_FLAG | DM_INACTIVE_PRESENT_FLAG) && r.len)
			bad = render_deps(&r);
		break;
	case DM_LIST_VERSIONS_CMD:
	case DM_GET_TARGET_VERSION_CMD:
		bad = render_versions(&r);
		break;
	case DM_TARGET_MSG_CMD:
		if (!(h->flags & DM_DATA_OUT_FLAG))
			break;
		if (reply_string(&r, 0))
			reply_add(&r, "%s", (const char *)r.p);
		else
			bad = "<string outside>";
		break;
	}
	if (bad)
		snprintf(out, room, "%s", bad);
}

/* Whether the targets that came back are those of the last load, word for word. */
static bool targets_as_loaded(const struct call *c)
{
	const struct dm_ioctl *h = call_hdr(c);
	const uint8_t *sent = call_loaded.p, *back = c->buf + h->data_start;
	const uint8_t *base = back, *end = c->buf + h->data_size;

	if (h->target_count != call_loaded.count || h->data_size > c->size)
		return false;
	for (uint32_t i = 0; i < call_loaded.count; i++) {
		const struct dm_target_spec *s = (const void *)sent, *b = (const void *)back;

		if (back + sizeof(*b) >= end || !memchr(b + 1, 0, end - back - sizeof(*b)))
			return false;
		if (s->sector_start != b->sector_start || s->length != b->length ||
		    strcmp(s->target_type, b->target_type) ||
		    strcmp((const char *)(s + 1), (const char *)(b + 1)))
			return false;
		sent += s->next;
		back = base + b->next;
	}
	return true;
}

/* The bytes of the payload. */
static void hex_print(const struct call *c, char *out, size_t room)
{
	const struct dm_ioctl *h = call_hdr(c);
	size_t n = 0;

	out[0] = 0;
	for (size_t i = h->data_start; i < h->data_size && i < c->size && n + 3 < room; i++)
		n += snprintf(out + n, room - n, "%02x", c->buf[i]);
}

/* One returned header field as text, by the name that scripts give it. */
static bool field_print(const struct call *c, const char *field, char *out, size_t room)
{
	const struct dm_ioctl *h = call_hdr(c);

	if (!strcmp(field, "flags"))
		flags_print(h->flags, out, room);
	else if (!strcmp(field, "open"))
		snprintf(out, room, "%d", h->open_count);
	else if (!strcmp(field, "event"))
		snprintf(out, room, "%u", h->event_nr);
	else if (!strcmp(field, "count"))
		snprintf(out, room, "%u", h->target_count);
	else if (!strcmp(field, "dev"))
		dev_print(h->dev, out, room);
	else if (!strcmp(field, "name"))
		snprintf(out, room, "%.*s", (int)sizeof(h->name), h->name);
	else if (!strcmp(field, "uuid"))
		snprintf(out, room, "%.*s", (int)sizeof(h->uuid), h->uuid);
	else if (!strcmp(field, "size"))
		snprintf(out, room, "%u", h->data_size);
	else if (!strcmp(field, "start"))
		snprintf(out, room, "%u", h->data_start);
	else if (!strcmp(field, "ver"))
		snprintf(out, room, "%u.%u.%u", h->version[0], h->version[1], h->version[2]);
	else if (!strcmp(field, "err"))
		snprintf(out, room, "%s", c->err ? strerrorname_np(c->err) : "ok");
	else if (!strcmp(field, "ret"))
		snprintf(out, room, "%d", c->ret);
	else if (!strcmp(field, "as_loaded"))
		snprintf(out, room, "%d", targets_as_loaded(c));
	else if (!strcmp(field, "wiped"))
		snprintf(out, room, "%d", call_wiped(c));
	else if (!strcmp(field, "hex"))
		hex_print(c, out, room);
	else if (!strcmp(field, "out"))
		render(c, out, room);
	else
		return false;
	return true;
}

/* -v: everything a call returned, one line. */
static void call_print(const struct call *c)
{
	static const char * const fields[] = {
		"err", "ret", "ver", "flags", "dev", "open", "event", "count", "size", "start",
		"name", "uuid", "out",
	};
	static char got[1 << 16];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		field_print(c, fields[i], got, sizeof(got));
		printf("%s%s=%s", i ? " " : "#   ", fields[i], got);
	}
	putchar('\n');
	fflush(stdout);
}

#endif

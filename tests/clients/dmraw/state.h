/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that can be seen of all devices, as one text: what a failing call
 * must leave as it was.
 */
#ifndef DMRAW_STATE_H
#define DMRAW_STATE_H

#include "render.h"

#define STATE_ROOM (256 << 10)

struct state {
	char *text;
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) state_add(struct state *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->n += vsnprintf(s->text + s->n, STATE_ROOM - s->n, fmt, ap);
	va_end(ap);
	if (s->n >= STATE_ROOM)
		die("state too long");
}

static void state_file(struct state *s, unsigned int minor, const char *file)
{
	char path[128], buf[512];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/dm-%u/%s", minor, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, buf, sizeof(buf));
		close(fd);
	}
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	if (n >= 0)
		state_add(s, " %s=%.*s", file, (int)n, buf);
	else
		state_add(s, " %s=?", file);
}

/* One ioctl about the device @dev; its header and payload go into the text. */
static void state_call(struct state *s, const char *verb, uint64_t dev, const char *flags)
{
	static char out[65536];
	char devtext[32], f[256];
	struct word w[3] = {
		{ .key = "dev", .val = devtext },
		{ .key = "size", .val = "65536", .len = 5 },
		{ .key = "flags", .val = (char *)flags },
	};
	struct call *c;

	snprintf(devtext, sizeof(devtext), "0x%llx", (unsigned long long)dev);
	c = call_build(verb, w, flags ? 3 : 2);
	call_run(c);
	render(c, out, sizeof(out));
	flags_print(call_hdr(c)->flags, f, sizeof(f));
	state_add(s, "  %s %d open=%d event=%u count=%u flags=%s uuid=%s: %s\n", verb, c->err,
		  call_hdr(c)->open_count, call_hdr(c)->event_nr, call_hdr(c)->target_count,
		  f, call_hdr(c)->uuid, out);
	call_free(c);
}

static void state_device(struct state *s, const char *name, uint64_t dev)
{
	static const char * const files[] = {
		"size", "ro", "dm/name", "dm/uuid", "dm/suspended", "queue/logical_block_size",
	};
	unsigned int minor = (dev & 0xff) | (dev >> 12 & 0xfff00);

	state_add(s, "%s dm-%u:", name, minor);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		state_file(s, minor, files[i]);
	state_add(s, "\n");
	state_call(s, "status", dev, NULL);
	state_call(s, "table", dev, "noflush");
	state_call(s, "table", dev, "query|noflush");
	state_call(s, "deps", dev, NULL);
}

/* The text is the caller's to free. */
static char *state_take(void)
{
	struct state s = { .text = xalloc(STATE_ROOM) };
	struct word w = { .key = "size", .val = "262144", .len = 6 };
	struct call *c = call_build("list", &w, 1);
	const uint8_t *p;
	size_t at = 0, len;
	uint8_t *list;

	call_run(c);
	if (c->err || call_hdr(c)->flags & DM_BUFFER_FULL_FLAG)
		die("cannot list the devices");
	len = call_hdr(c)->data_size - call_hdr(c)->data_start;
	list = xalloc(len);
	memcpy(list, c->buf + call_hdr(c)->data_start, len);
	call_free(c);
	for (;;) {
		struct dm_name_list rec;

		p = list + at;
		memcpy(&rec, p, sizeof(rec));
		if (!rec.dev)
			break;
		state_device(&s, (const char *)p + offsetof(struct dm_name_list, name), rec.dev);
		if (!rec.next)
			break;
		at += rec.next;
	}
	free(list);
	return s.text;
}

#endif

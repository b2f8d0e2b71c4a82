/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that can be seen of all devices, as one text: what a failing call
 * must leave as it was.
 */
#ifndef DMRAW_STATE_H
#define DMRAW_STATE_H

#include <dirent.h>
#include "render.h"

#define STATE_ROOM (256 << 10)

/*
 * Leave out what is not the same from one time to the next: event numbers, and
 * the disk of a device without a table, which is there once a load got so far.
 */
static bool state_loose;

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

/*
 * One ioctl about the device @dev; its header and payload go into the text. Returns
 * whether the device has a table, active or not.
 */
static bool state_call(struct state *s, const char *verb, uint64_t dev, const char *key,
		       const char *value)
{
	static char out[65536];
	char devtext[32], f[256];
	struct word w[3] = {
		{ .key = "dev", .val = devtext },
		{ .key = "size", .val = "65536", .len = 5 },
		{ .key = (char *)key, .val = (char *)value, .len = key ? strlen(value) : 0 },
	};
	struct call *c;
	bool has;

	snprintf(devtext, sizeof(devtext), "0x%llx", (unsigned long long)dev);
	c = call_build(verb, w, key ? 3 : 2);
	call_run(c);
	render(c, out, sizeof(out));
	flags_print(call_hdr(c)->flags, f, sizeof(f));
	if (state_loose)
		call_hdr(c)->event_nr = 0;
	state_add(s, "  %s %d open=%d event=%u count=%u flags=%s uuid=%s: %s\n", verb, c->err,
		  call_hdr(c)->open_count, call_hdr(c)->event_nr, call_hdr(c)->target_count,
		  f, call_hdr(c)->uuid, out);
	has = call_hdr(c)->flags & (DM_ACTIVE_PRESENT_FLAG | DM_INACTIVE_PRESENT_FLAG);
	call_free(c);
	return has;
}

/* The devices below, as sysfs has them. */
static void state_slaves(struct state *s, unsigned int minor)
{
	char path[64];
	struct dirent **names = NULL;
	int n;

	snprintf(path, sizeof(path), "/sys/block/dm-%u/slaves", minor);
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			state_add(s, " slave=%s", names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void state_device(struct state *s, const char *name, uint64_t dev)
{
	static const char * const files[] = {
		"size", "ro", "dm/name", "dm/uuid", "dm/suspended", "queue/logical_block_size",
	};
	unsigned int minor = (dev & 0xff) | (dev >> 12 & 0xfff00);

	state_add(s, "%s dm-%u:\n", name, minor);
	if (state_call(s, "status", dev, NULL, NULL) || !state_loose) {
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			state_file(s, minor, files[i]);
		state_slaves(s, minor);
		state_add(s, "\n");
	}
	state_call(s, "table", dev, "flags", "noflush");
	state_call(s, "table", dev, "flags", "query|noflush");
	state_call(s, "deps", dev, NULL, NULL);
	state_call(s, "message", dev, "msg", "0 @stats_list");
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

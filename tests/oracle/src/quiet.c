// SPDX-License-Identifier: GPL-2.0
/*
 * Control calls that leave no trace in the log: for guards, for waiting until
 * the background is at rest, and for cleaning up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "oracle.h"

#define HDR		sizeof(struct dm_ioctl)
#define MAX_DEVICES	64

static struct dm_ioctl *quiet_header(char *buf, size_t size)
{
	struct dm_ioctl *h = (struct dm_ioctl *)buf;

	memset(buf, 0, size);
	h->version[0] = DM_VERSION_MAJOR;
	h->data_size = size;
	h->data_start = HDR;
	return h;
}

int quiet_status(const char *name, const char *uuid, uint64_t dev,
		 struct dm_ioctl *reply)
{
	char buf[HDR];
	struct dm_ioctl *h = quiet_header(buf, sizeof(buf));
	int ret;

	if (name)
		memcpy(h->name, name, sizeof(h->name));
	if (uuid)
		memcpy(h->uuid, uuid, sizeof(h->uuid));
	h->dev = dev;
	ret = ioctl(arena_control_fd(VIA_FIRST), DM_DEV_STATUS, h);
	if (reply)
		*reply = *h;
	return ret ? -errno : 0;
}

int quiet_resume(uint64_t dev)
{
	char buf[HDR];
	struct dm_ioctl *h = quiet_header(buf, sizeof(buf));

	h->dev = dev;
	return ioctl(arena_control_fd(VIA_FIRST), DM_DEV_SUSPEND, h);
}

/*
 * The stock core of a kernel with IMA (Debian's) frees a piece of memory twice
 * when a device is renamed whose inactive table was cleared, and none loaded
 * since. The devices in that state are kept here, so that the call can be left
 * out; nothing else in the sequence depends on it.
 */
static uint64_t cleared[MAX_DEVICES];

void cleared_note(uint64_t dev, bool now)
{
	unsigned int i, hole = MAX_DEVICES;

	for (i = 0; i < MAX_DEVICES; i++) {
		if (cleared[i] == dev)
			cleared[i] = 0;
		if (!cleared[i])
			hole = i;
	}
	if (!now)
		return;
	if (hole == MAX_DEVICES)
		die("too many devices with a cleared table");
	cleared[hole] = dev;
}

bool cleared_is(const char *name)
{
	struct dm_ioctl reply;
	unsigned int i;

	if (quiet_status(name, NULL, 0, &reply))
		return false;
	for (i = 0; i < MAX_DEVICES; i++)
		if (cleared[i] == reply.dev)
			return true;
	return false;
}

/* No inactive table, and suspended. */
void quiet_drop_table(uint64_t dev)
{
	char buf[HDR];
	struct dm_ioctl *h = quiet_header(buf, sizeof(buf));

	cleared_note(dev, true);

	h->dev = dev;
	ioctl(arena_control_fd(VIA_FIRST), DM_TABLE_CLEAR, h);
	h = quiet_header(buf, sizeof(buf));
	h->dev = dev;
	h->flags = DM_SUSPEND_FLAG | DM_NOFLUSH_FLAG | DM_SKIP_LOCKFS_FLAG;
	ioctl(arena_control_fd(VIA_FIRST), DM_DEV_SUSPEND, h);
}

int quiet_remove_all(void)
{
	char buf[HDR];
	struct dm_ioctl *h = quiet_header(buf, sizeof(buf));

	return ioctl(arena_control_fd(VIA_FIRST), DM_REMOVE_ALL, h);
}

/* The payload of the list of devices, from buf + HDR on; 0 or an errno. */
int quiet_list(char *buf, size_t len)
{
	struct dm_ioctl *h = quiet_header(buf, len);

	if (ioctl(arena_control_fd(VIA_FIRST), DM_LIST_DEVICES, h))
		return errno;
	return h->flags & DM_BUFFER_FULL_FLAG ? ENOSPC : 0;
}

/* The devices there are; at most @max of them. */
static unsigned int quiet_devices(uint64_t *devs, unsigned int max)
{
	static char buf[16384];
	unsigned int count = 0;
	size_t at = HDR;

	if (quiet_list(buf, sizeof(buf)))
		return 0;
	for (;;) {
		struct dm_name_list *n = (void *)(buf + at);

		if (n->dev && count < max)
			devs[count++] = n->dev;
		if (!n->next)
			return count;
		at += n->next;
	}
}

/* Which devices are suspended, as a number; 0: none is. */
uint64_t quiet_suspended(void)
{
	uint64_t devs[MAX_DEVICES], h = 0;
	unsigned int n = quiet_devices(devs, MAX_DEVICES), i;
	struct dm_ioctl reply;

	for (i = 0; i < n; i++)
		if (!quiet_status(NULL, NULL, devs[i], &reply) &&
		    (reply.flags & DM_SUSPEND_FLAG))
			h = hash_bytes(&devs[i], sizeof(devs[i]), h) | 1;
	return h;
}

void quiet_resume_all(void)
{
	uint64_t devs[MAX_DEVICES];
	unsigned int n = quiet_devices(devs, MAX_DEVICES), i;

	for (i = 0; i < n; i++)
		quiet_resume(devs[i]);
}

bool quiet_none_left(void)
{
	uint64_t dev;

	return !quiet_devices(&dev, 1);
}

/*
 * A removal that was put off happens some time after the last user is gone,
 * in the background. It is over when the minor number can be had again: only
 * then may the next call be made, or it would race with it.
 */
static uint64_t known[MAX_DEVICES];
static unsigned int known_count;
static bool deferred_pending;

/* A removal may be put off by the next call: note what there is before it. */
void deferred_expect(void)
{
	if (!deferred_pending)
		known_count = quiet_devices(known, MAX_DEVICES);
	deferred_pending = true;
}

static bool minor_is_free(uint64_t dev)
{
	char buf[HDR];
	struct dm_ioctl *h = quiet_header(buf, sizeof(buf));
	int fd = arena_control_fd(VIA_FIRST);

	h->dev = dev;
	h->flags = DM_PERSISTENT_DEV_FLAG;
	field_copy(h->name, "oracle-settles", sizeof(h->name));
	if (ioctl(fd, DM_DEV_CREATE, h))
		return false;
	h = quiet_header(buf, sizeof(buf));
	field_copy(h->name, "oracle-settles", sizeof(h->name));
	if (ioctl(fd, DM_DEV_REMOVE, h))
		die("the oracle's own device stays");
	return true;
}

static bool deferred_at_rest(void)
{
	uint64_t devs[MAX_DEVICES];
	unsigned int n = quiet_devices(devs, MAX_DEVICES), i, k;
	bool any = false;

	for (i = 0; i < n; i++) {
		struct dm_ioctl h;

		if (quiet_status(NULL, NULL, devs[i], &h))
			return false;
		if (h.flags & DM_DEFERRED_REMOVE) {
			any = true;
			if (!h.open_count)
				return false;
		}
	}
	for (i = 0; i < known_count; i++) {
		for (k = 0; k < n && devs[k] != known[i]; k++)
			;
		if (k == n && !minor_is_free(known[i]))
			return false;
	}
	memcpy(known, devs, sizeof(known));
	known_count = n;
	deferred_pending = any;
	return true;
}

void deferred_settle(void)
{
	struct timespec ts = { 0, 1000000 };
	unsigned int tries;

	for (tries = 0; deferred_pending; tries++) {
		if (deferred_at_rest())
			return;
		if (tries == 5000) {
			log_add("  a deferred removal does not happen\n");
			deferred_pending = false;
		}
		nanosleep(&ts, NULL);
	}
}

int dm_major(void)
{
	static int major;
	char line[128];
	FILE *f;

	if (major)
		return major;
	f = fopen("/proc/devices", "r");
	if (!f)
		die("/proc/devices: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		char name[64];
		int n;

		if (sscanf(line, "%d %63s", &n, name) == 2 &&
		    !strcmp(name, "device-mapper"))
			major = n;
	}
	fclose(f);
	if (!major)
		die("no block major is named device-mapper");
	return major;
}

// SPDX-License-Identifier: GPL-2.0
/* Control calls, each timed alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bench.h"

#define HEADER	sizeof(struct dm_ioctl)

static int control(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/mapper/control: %s", strerror(errno));
	return fd;
}

/*
 * A header with room for so much data behind it. All of it has been written to, so
 * that no page fault falls into the time measured.
 */
static struct dm_ioctl *call_new(const char *name, size_t data)
{
	struct dm_ioctl *call = malloc(HEADER + data);

	if (!call)
		die("no memory");
	memset(call, 0, HEADER + data);
	call->version[0] = DM_VERSION_MAJOR;
	call->data_size = HEADER + data;
	call->data_start = HEADER;
	if (name)
		snprintf(call->name, sizeof(call->name), "%s", name);
	return call;
}

static uint64_t call_time(unsigned long command, struct dm_ioctl *call)
{
	int fd = control(), result;
	uint64_t start, end;

	start = now();
	result = ioctl(fd, command, call);
	end = now();
	if (result)
		die("ioctl %#lx on '%s': %s", command, call->name, strerror(errno));
	return end - start;
}

static uint64_t call_simple(unsigned long command, const char *name, uint32_t flags, size_t data)
{
	struct dm_ioctl *call = call_new(name, data);
	uint64_t time;

	call->flags = flags;
	time = call_time(command, call);
	free(call);
	return time;
}

void table_add(struct table *table, uint64_t sectors, const char *type, const char *format, ...)
{
	struct dm_target_spec *spec;
	size_t room = sizeof(*spec) + 1024;
	va_list args;
	int length;

	if (table->size - table->used < room) {
		table->size = table->size * 2 + room;
		table->data = realloc(table->data, table->size);
		if (!table->data)
			die("no memory");
	}
	spec = (struct dm_target_spec *)(table->data + table->used);
	memset(spec, 0, sizeof(*spec));
	spec->sector_start = table->sectors;
	spec->length = sectors;
	snprintf(spec->target_type, sizeof(spec->target_type), "%s", type);
	va_start(args, format);
	length = vsnprintf((char *)(spec + 1), 1024, format, args);
	va_end(args);
	spec->next = (sizeof(*spec) + length + 1 + 7) & ~7U;
	table->used += spec->next;
	table->sectors += sectors;
	table->count++;
}

void table_free(struct table *table)
{
	free(table->data);
	memset(table, 0, sizeof(*table));
}

uint64_t ctl_create(const char *name)
{
	return call_simple(DM_DEV_CREATE, name, 0, 0);
}

uint64_t ctl_remove(const char *name)
{
	return call_simple(DM_DEV_REMOVE, name, 0, 0);
}

uint64_t ctl_clear(const char *name)
{
	return call_simple(DM_TABLE_CLEAR, name, 0, 0);
}

uint64_t ctl_suspend(const char *name)
{
	return call_simple(DM_DEV_SUSPEND, name, DM_SUSPEND_FLAG, 0);
}

uint64_t ctl_resume(const char *name)
{
	return call_simple(DM_DEV_SUSPEND, name, 0, 0);
}

uint64_t ctl_version(const char *name)
{
	return call_simple(DM_VERSION, name, 0, 0);
}

uint64_t ctl_status(const char *name)
{
	return call_simple(DM_DEV_STATUS, name, 0, 0);
}

uint64_t ctl_table_status(const char *name, size_t buffer)
{
	return call_simple(DM_TABLE_STATUS, name, DM_STATUS_TABLE_FLAG, buffer - HEADER);
}

uint64_t ctl_load(const char *name, const struct table *table)
{
	struct dm_ioctl *call = call_new(name, table->used);
	uint64_t time;

	memcpy(call + 1, table->data, table->used);
	call->target_count = table->count;
	time = call_time(DM_TABLE_LOAD, call);
	free(call);
	return time;
}

uint64_t ctl_list(size_t buffer, unsigned int *devices)
{
	struct dm_ioctl *call = call_new(NULL, buffer - HEADER);
	uint64_t time = call_time(DM_LIST_DEVICES, call);
	struct dm_name_list *item = (void *)((char *)call + call->data_start);

	if (call->flags & DM_BUFFER_FULL_FLAG)
		die("the list of devices needs more than %zu bytes", buffer);
	*devices = item->dev ? 1 : 0;
	while (item->next) {
		item = (void *)((char *)item + item->next);
		++*devices;
	}
	free(call);
	return time;
}

void device_make(const char *name, const struct table *table)
{
	ctl_create(name);
	ctl_load(name, table);
	ctl_resume(name);
}

const char *device_path(const char *name)
{
	static char paths[2][32];
	static unsigned int turn;
	struct dm_ioctl *call = call_new(name, 0);
	char *path = paths[turn++ % 2];

	call_time(DM_DEV_STATUS, call);
	snprintf(path, sizeof(paths[0]), "/dev/dm-%u", minor(call->dev));
	free(call);
	return path;
}

// SPDX-License-Identifier: GPL-2.0
/* Commands that list: devices, and versions of target types. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/kdev_t.h>
#include <linux/string.h>

#include "control.h"
#include "device.h"
#include "index.h"
#include "target.h"

/* A walk that appends records, each of which points to the one behind it. */
struct list_walk {
	struct dm_reply *reply;
	size_t next_in;		/* where in a record the offset of the next stands */
	size_t last;		/* where the last record begins */
	bool any;
	bool uuids;
	size_t total;		/* bytes that all records need */
	bool all;		/* whatever its name and uuid */
	const char *name;	/* what names and uuids have to begin with */
	const char *uuid;
};

/* Room for a record of @len bytes; or NULL. */
static void *list_record(struct list_walk *walk, size_t len)
{
	void *record = dm_reply_next(walk->reply, len);

	return record ? memset(record, 0, len) : NULL;
}

/* The record is written: the one before it points to it. */
static void list_commit(struct list_walk *walk, size_t len)
{
	struct dm_reply *reply = walk->reply;

	if (walk->any)
		*(u32 *)(reply->base + walk->last + walk->next_in) = reply->at - walk->last;
	walk->last = reply->at;
	walk->any = true;
	dm_reply_commit(reply, len);
}

/* The part of a name record behind the name. */
struct name_tail {
	u32 event_nr;
	u32 flags;
	char uuid[];
};

/* @prefix ends at @size at the latest, with a zero byte or without. */
static bool begins_with(const char *text, const char *prefix, size_t size)
{
	return !strncmp(text, prefix, strnlen(prefix, size));
}

static bool is_listed(const struct mapped_device *md, const struct list_walk *walk)
{
	return walk->all || (begins_with(md->name, walk->name, DM_NAME_LEN) &&
			     begins_with(md->uuid ?: "", walk->uuid, DM_UUID_LEN));
}

/* Where the parts of a device's record are. */
struct device_record {
	size_t name_len, uuid_len;
	size_t tail_at, len;
};

static struct device_record record_plan(const struct mapped_device *md,
					const struct list_walk *walk)
{
	struct device_record plan = {
		.name_len = strlen(md->name) + 1,
		.uuid_len = walk->uuids && md->uuid ? strlen(md->uuid) + 1 : 0,
	};

	plan.tail_at = ALIGN(offsetof(struct dm_name_list, name) + plan.name_len, 8);
	plan.len = plan.tail_at + sizeof(struct name_tail) + plan.uuid_len;
	return plan;
}

/* Before any record is written: add up what they need. */
static int list_measure(struct mapped_device *md, void *context)
{
	struct list_walk *walk = context;

	if (is_listed(md, walk))
		walk->total += ALIGN(record_plan(md, walk).len, 8);
	return 0;
}

static int list_device(struct mapped_device *md, void *context)
{
	struct list_walk *walk = context;
	struct dm_name_list *record;
	struct device_record plan;
	struct name_tail *tail;

	if (!is_listed(md, walk))
		return 0;
	plan = record_plan(md, walk);
	record = dm_reply_next(walk->reply, plan.len);
	if (!record)
		return -ENOSPC;
	tail = (void *)record + plan.tail_at;
	/* the padding behind the name; the rest of the record is written to */
	*((u64 *)tail - 1) = 0;
	record->dev = huge_encode_dev(disk_devt(md->disk));
	record->next = 0;
	memcpy(record->name, md->name, plan.name_len);
	tail->event_nr = dm_device_event_nr(md);
	tail->flags = 0;
	if (walk->uuids) {
		tail->flags = md->uuid ? DM_NAME_LIST_FLAG_HAS_UUID :
					 DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID;
		memcpy(tail->uuid, md->uuid, plan.uuid_len);
	}
	list_commit(walk, plan.len);
	return 0;
}

/* A list is given whole or not at all. */
static void list_end(struct dm_reply *reply)
{
	if (reply->full)
		reply->used = 0;
}

int dm_cmd_list_devices(struct dm_call *call)
{
	struct list_walk walk = {
		.reply = &call->reply,
		.next_in = offsetof(struct dm_name_list, next),
		.uuids = call->req.hdr->flags & DM_UUID_FLAG,
		.name = call->req.hdr->name,
		.uuid = call->req.hdr->uuid,
	};

	walk.all = !*walk.name && !*walk.uuid;
	dm_index_for_each(list_measure, &walk);
	dm_reply_reserve(&call->reply, walk.total);
	dm_index_for_each(list_device, &walk);
	/* the length that callers are told is padded, room for it is needed */
	if (walk.any) {
		call->reply.claim = call->reply.at;
		if (call->reply.claim > call->reply.limit)
			call->reply.full = true;
	}
	/* no device is told by a record without a number, where there is room */
	if (!walk.any && dm_reply_next(&call->reply, sizeof(u64)))
		call->reply.empty = true;
	list_end(&call->reply);
	return 0;
}

/*
 * The length that callers are told has each record padded by the most that may
 * be needed; callers that ask again with more room go by it.
 */
#define VERSION_PADDING 7

static int list_version(struct target_type *tt, void *context)
{
	struct list_walk *walk = context;
	size_t name_len = strlen(tt->name) + 1;
	size_t len = sizeof(struct dm_target_versions) + name_len;
	struct dm_target_versions *record = list_record(walk, len);

	if (!record)
		return -ENOSPC;
	walk->reply->claim += len + VERSION_PADDING;
	if (walk->reply->claim > walk->reply->limit)
		walk->reply->full = true;
	memcpy(record->version, tt->version, sizeof(record->version));
	memcpy(record->name, tt->name, name_len);
	list_commit(walk, len);
	return 0;
}

int dm_cmd_list_versions(struct dm_call *call)
{
	struct list_walk walk = {
		.reply = &call->reply,
		.next_in = offsetof(struct dm_target_versions, next),
	};

	dm_type_for_each(list_version, &walk);
	list_end(&call->reply);
	return 0;
}

int dm_cmd_target_version(struct dm_call *call)
{
	struct list_walk walk = {
		.reply = &call->reply,
		.next_in = offsetof(struct dm_target_versions, next),
	};
	struct dm_type *type = dm_type_get(call->req.hdr->name);

	if (!type)
		return -EINVAL;
	list_version(type->tt, &walk);
	dm_type_put(type);
	list_end(&call->reply);
	return 0;
}

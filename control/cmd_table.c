// SPDX-License-Identifier: GPL-2.0
/* Commands on tables. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/kdev_t.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "args.h"
#include "compat/words.h"
#include "control.h"
#include "device.h"
#include "table.h"
#include "verbs.h"

#define DM_MSG_PREFIX "ioctl"

/* What a target's status function is told; thin targets look at it. */
#define DM_STATUS_NOFLUSH_FLAG BIT(0)

/* The table that the flags of a call ask for. */
static struct dm_table *wanted_table(struct dm_call *call, struct mapped_device *md)
	__must_hold(&md->slots)
{
	if (call->req.hdr->flags & DM_QUERY_INACTIVE_TABLE_FLAG)
		return md->inactive;
	return rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
}

static void spec_say_fault(const struct dm_spec_iter *iter)
{
	if (DM_COMPAT_SPECS_STRICT) {
		switch (iter->fault) {
		case DM_SPEC_OVERLAPS:
			DMERR("populate_table: next target spec (offset %u) overlaps %s",
			      iter->next, iter->base ? "previous target" : "'struct dm_ioctl'");
			return;
		case DM_SPEC_ENDLESS:
			DMERR("populate_table: target parameters not NUL-terminated");
			return;
		case DM_SPEC_BEYOND:
			DMERR("Target spec extends beyond end of parameters");
			break;
		case DM_SPEC_UNALIGNED:
			DMERR("Next dm_target_spec (offset %u) is not %zu-byte aligned",
			      iter->next, __alignof__(struct dm_target_spec));
			break;
		}
	}
	DMERR("unable to find target");
}

/* The specifications of a request, one after the other. */
struct specs {
	const struct dm_request *req;
	struct dm_spec_iter iter;
	unsigned int left;
};

static int specs_next(void *context, struct dm_spec *spec)
{
	struct specs *specs = context;
	int r;

	if (!specs->left)
		return 0;
	specs->left--;
	r = dm_spec_next(specs->req, &specs->iter, spec);
	if (r)
		spec_say_fault(&specs->iter);
	return r ?: 1;
}

static int table_load(struct dm_call *call, struct mapped_device *md)
{
	const struct dm_ioctl *hdr = call->req.hdr;
	struct specs specs = { .req = &call->req, .left = hdr->target_count };
	blk_mode_t mode = BLK_OPEN_READ;

	if (!hdr->target_count) {
		DMERR("populate_table: no targets specified");
		return -EINVAL;
	}
	if (!(hdr->flags & DM_READONLY_FLAG))
		mode |= BLK_OPEN_WRITE;
	dm_spec_begin(&call->req, &specs.iter);
	/* where the count is larger than that, one of them will not be there */
	return dm_verb_load(md, mode, min(hdr->target_count, dm_request_targets_max(&call->req)),
			    specs_next, &specs);
}

int dm_cmd_load(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);
	int r;

	if (!md)
		return -ENXIO;
	r = table_load(call, md);
	if (!r)
		dm_call_describe(call, md);
	dm_device_put(md);
	return r;
}

int dm_cmd_clear(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);

	if (!md)
		return -ENXIO;
	dm_verb_clear(md);
	dm_call_describe(call, md);
	dm_device_put(md);
	return 0;
}

/* A message may have a target get or put a device meanwhile (CVE-2023-54324). */
static void deps_write(struct dm_reply *reply, struct dm_table *t)
	__must_hold(&t->devices.lock)
{
	struct dm_table_device *td;
	struct dm_target_deps *deps;
	unsigned int count = 0;
	size_t len;

	list_for_each_entry(td, &t->devices.list, list)
		count++;
	len = struct_size(deps, dev, count);
	deps = dm_reply_next(reply, len);
	if (!deps)
		return;
	deps->count = count;
	deps->padding = 0;
	count = 0;
	list_for_each_entry(td, &t->devices.list, list)
		deps->dev[count++] = huge_encode_dev(td->lower->dev.bdev->bd_dev);
	dm_reply_commit(reply, len);
}

int dm_cmd_deps(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);
	struct dm_table *t;

	if (!md)
		return -ENXIO;
	dm_call_describe(call, md);
	down_read(&md->slots);
	t = wanted_table(call, md);
	call->reply.none = !t;
	if (t) {
		down_read(&t->devices.lock);
		deps_write(&call->reply, t);
		up_read(&t->devices.lock);
	}
	up_read(&md->slots);
	dm_device_put(md);
	return 0;
}

/* One target. Return false where it does not fit. */
static bool target_status(struct dm_reply *reply, struct dm_target *ti, status_type_t type,
			  unsigned int status_flags)
{
	struct dm_target_spec *spec;
	size_t room, len;
	char *text;

	do {
		/* at least the end of an empty string behind it */
		spec = dm_reply_next(reply, sizeof(*spec) + 1);
		if (!spec)
			return false;
		room = dm_reply_avail(reply) - sizeof(*spec);
		text = (char *)(spec + 1);
		*text = '\0';
		if (ti->type->status)
			ti->type->status(ti, type, status_flags, text,
					 min_t(size_t, room, UINT_MAX));
		/* a text that fills the room may have been cut off */
		len = strnlen(text, room) + 1;
	} while (len >= room && dm_reply_more(reply));
	if (len >= room)
		return false;

	memset(spec, 0, sizeof(*spec));
	spec->sector_start = ti->begin;
	spec->length = ti->len;
	strscpy_pad(spec->target_type, ti->type->name, sizeof(spec->target_type));
	dm_reply_commit(reply, sizeof(*spec) + len);
	spec->next = reply->at;
	return true;
}

void dm_call_table_status(struct dm_call *call, struct mapped_device *md)
{
	u32 flags = call->req.hdr->flags;
	unsigned int status_flags = flags & DM_NOFLUSH_FLAG ? DM_STATUS_NOFLUSH_FLAG : 0;
	status_type_t type = STATUSTYPE_INFO;
	struct dm_table *t;
	unsigned int i;

	if (flags & DM_STATUS_TABLE_FLAG)
		type = STATUSTYPE_TABLE;
	else if (flags & DM_IMA_MEASUREMENT_FLAG)
		type = STATUSTYPE_IMA;

	down_read(&md->slots);
	t = wanted_table(call, md);
	call->reply.none = !t;
	for (i = 0; t && i < t->num_targets; i++) {
		if (!target_status(&call->reply, &t->targets[i], type, status_flags))
			break;
		cond_resched();
	}
	up_read(&md->slots);
}

int dm_cmd_table_status(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);

	if (!md)
		return -ENXIO;
	dm_call_describe(call, md);
	dm_call_table_status(call, md);
	dm_device_put(md);
	return 0;
}

/* The most that a target's answer to a message can be. */
#define MESSAGE_ANSWER_MAX SZ_1M

/* Have the statistics answer, in more room as long as that helps. */
static int message_stats(struct dm_reply *reply, struct mapped_device *md, unsigned int argc,
			 char **argv, size_t *room)
{
	size_t first = min_t(size_t, dm_reply_room(reply), SZ_4K);
	char *answer = NULL;
	int r;

	do {
		if (first) {
			answer = dm_reply_next(reply, first);
			if (!answer)
				return -ENOMEM;
			*answer = '\0';
		}
		*room = dm_reply_avail(reply);
		r = dm_stats_message(md, argc, argv, answer, *room);
		/* a text that fills the room may have been cut off */
	} while (r == 1 && answer && strnlen(answer, *room) + 1 >= *room && dm_reply_more(reply));
	return r;
}

/* A message to the core itself: its first word begins with @. */
static int message_core(struct dm_call *call, struct mapped_device *md, unsigned int argc,
			char **argv, size_t *room)
{
	int r;

	if (!strcasecmp(argv[0], "@cancel_deferred_remove")) {
		if (argc == 1)
			return dm_verb_remove_cancel(md);
		DMERR("Invalid arguments for @cancel_deferred_remove");
		return -EINVAL;
	}
	r = message_stats(&call->reply, md, argc, argv, room);
	if (r != -ENOIOCTLCMD)
		return r;
	DMERR("Unsupported message sent to DM core: %s", argv[0]);
	return -EINVAL;
}

/* A message to the target at a sector of the active table. */
static int message_target(struct dm_call *call, struct mapped_device *md, sector_t sector,
			  unsigned int argc, char **argv, size_t *room)
{
	char *answer = NULL;
	struct dm_target *ti;
	struct dm_table *t;
	int r = -EINVAL;

	*room = min_t(size_t, dm_reply_room(&call->reply), MESSAGE_ANSWER_MAX);
	if (*room) {
		answer = dm_reply_next(&call->reply, *room);
		if (!answer)
			return -ENOMEM;
		*answer = '\0';
	}
	down_read(&md->slots);
	t = rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
	if (!t) {
		DMERR("The device has no table.");
		goto out;
	}
	ti = dm_table_find(t, sector);
	if (!ti)
		DMERR("Target message sector outside device.");
	else if (!ti->type->message)
		DMERR("Target type does not support messages");
	else
		r = ti->type->message(ti, argc, argv, answer, *room);
out:
	up_read(&md->slots);
	return r;
}

/* What a message answered: a text in the reply's room. */
static void message_answer(struct dm_call *call, size_t room)
{
	size_t len = room ? strnlen(call->reply.base, room) + 1 : 0;

	call->req.hdr->flags |= DM_DATA_OUT_FLAG;
	if (len >= room)
		call->reply.full = true;
	else
		dm_reply_commit(&call->reply, len);
}

/* Split a message and give it to whom it is for. */
static int message_send(struct dm_call *call, struct mapped_device *md, char *message,
			sector_t sector)
{
	size_t room = 0;
	unsigned int argc;
	char **argv;
	int r;

	r = dm_args_split(message, &argc, &argv);
	if (r)
		return r;
	r = -EINVAL;
	if (!argc) {
		DMERR("Empty message received.");
		goto out;
	}
	if (*argv[0] == '@')
		r = message_core(call, md, argc, argv, &room);
	else
		r = message_target(call, md, sector, argc, argv, &room);
	if (r == 1)
		message_answer(call, room);
out:
	kvfree(argv);
	return min(r, 0);
}

int dm_cmd_message(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);
	sector_t sector;
	char *message;
	int r = -EINVAL;

	if (!md)
		return -ENXIO;
	message = dm_request_message(&call->req, &sector);
	if (message)
		r = message_send(call, md, message, sector);
	else
		DMERR("Invalid target message parameters.");
	/* the device as the message left it */
	if (!r)
		dm_call_describe(call, md);
	dm_device_put(md);
	return r;
}

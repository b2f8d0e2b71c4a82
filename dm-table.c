// SPDX-License-Identifier: GPL-2.0
/* Building, completing, asking and destroying a table, see include/table.h. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "args.h"
#include "device.h"
#include "ima.h"
#include "io.h"
#include "queue.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "table"

int dm_table_create(struct dm_table **result, blk_mode_t mode, unsigned int num_targets,
		    struct mapped_device *md)
{
	struct dm_table *t;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;

	dm_table_devices_init(&t->devices);
	t->md = md;
	t->mode = mode;
	t->no_flush = true;
	t->max_targets = num_targets;
	if (num_targets) {
		t->targets = kvcalloc(num_targets, sizeof(*t->targets), GFP_KERNEL);
		t->slots = kvcalloc(num_targets, sizeof(*t->slots), GFP_KERNEL);
		if (!t->targets || !t->slots) {
			dm_table_destroy(t);
			return -ENOMEM;
		}
	}
	*result = t;
	return 0;
}

void dm_table_destroy(struct dm_table *t)
{
	unsigned int i, left;

	if (!t)
		return;

	dm_pins_wait(t);
	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = &t->targets[i];

		if (ti->type->dtr)
			ti->type->dtr(ti);
		dm_type_put(t->slots[i].type);
		cond_resched();
	}
	dm_ima_forget(t);
	dm_zone_writes_destroy(t);
	dm_clone_pool_exit(t);
	dm_search_free(&t->search);
	left = dm_table_devices_exit(t->md, &t->devices);
	if (left)
		DMWARN("%s: %u underlying devices were left open by their targets",
		       dm_device_name(t->md), left);
	kfree(t->crypto);
	kvfree(t->slots);
	kvfree(t->targets);
	kfree(t);
}

/* Is the target adjacent to the one before it? */
static bool target_follows(struct dm_table *t, struct dm_target *ti)
{
	struct dm_target *prev;

	if (!t->num_targets)
		return !ti->begin;
	prev = &t->targets[t->num_targets - 1];
	return ti->begin == prev->begin + prev->len;
}

/*
 * What a target type asks of the table as a whole; the words are stock's, and so is
 * who says them: where the table cannot take any other target, not the target.
 */
static int target_fits(struct dm_table *t, struct dm_target *ti)
{
	const struct target_type *tt = ti->type;

	ti->error = NULL;
	if (t->singleton) {
		DMERR("%s: target type %s must appear alone in table", dm_device_name(t->md),
		      t->targets[0].type->name);
		return -EINVAL;
	}
	if (dm_target_needs_singleton(tt) && t->num_targets)
		ti->error = "singleton target type must appear alone in table";
	else if (dm_target_always_writeable(tt) && !(t->mode & BLK_OPEN_WRITE))
		ti->error = "target type may not be included in a read-only table";
	else if (t->immutable ? t->immutable->tt != tt :
				dm_target_is_immutable(tt) && t->num_targets)
		ti->error = "immutable target type cannot be mixed with other target types";
	return ti->error ? -EINVAL : 0;
}

/* Words for which no memory is allocated. */
#define WORDS_FEW	8

/* Run the constructor on the words of a line. */
static int target_construct(struct dm_target *ti, char *params)
{
	char *few[WORDS_FEW], **argv;
	unsigned int argc;
	int r;

	r = dm_args_split_few(params, &argc, &argv, few, ARRAY_SIZE(few));
	if (r) {
		ti->error = "couldn't split parameters";
		return r;
	}
	r = ti->type->ctr(ti, argc, argv);
	if (argv != few)
		kvfree(argv);
	return r;
}

static void target_say_error(struct dm_table *t, const struct dm_target *ti, int r)
{
	DMERR("%s: %s: %s (%pe)", dm_device_name(t->md), ti->type->name,
	      ti->error ?: "Error", ERR_PTR(r));
}

/* The table's type and features follow from what is in it. */
static void table_account(struct dm_table *t, struct dm_target *ti, struct dm_type *type)
{
	const struct target_type *tt = type->tt;

	t->singleton |= !!dm_target_needs_singleton(tt);
	if (dm_target_is_immutable(tt))
		t->immutable = type;
	t->per_io_data = max_t(size_t, t->per_io_data, ti->per_io_data_size);
	t->no_flush &= !ti->num_flush_bios;
}

/* Many targets of a table are of one type, which the last one has pinned. */
static struct dm_type *type_get(struct dm_table *t, const char *name)
{
	struct dm_type *last = t->num_targets ? t->slots[t->num_targets - 1].type : NULL;

	if (!last || strcmp(last->tt->name, name))
		return dm_type_get(name);
	__module_get(last->tt->module);
	return last;
}

int dm_table_add_target(struct dm_table *t, const char *type_name, sector_t start,
			sector_t len, char *params)
{
	const char *name = dm_device_name(t->md);
	struct dm_target *ti;
	struct dm_type *type;
	int r;

	if (t->num_targets >= t->max_targets)
		return -ENOSPC;
	if (!len) {
		DMERR("%s: zero-length target", name);
		return -EINVAL;
	}
	/* a device whose bytes cannot be counted in a loff_t */
	if (start + len < start || start + len > LLONG_MAX >> SECTOR_SHIFT) {
		DMERR("%s: too large device", name);
		return -EINVAL;
	}

	type = type_get(t, type_name);
	if (!type) {
		DMERR("%s: %s: unknown target type", name, type_name);
		return -EINVAL;
	}
	ti = &t->targets[t->num_targets];
	ti->table = t;
	ti->type = type->tt;
	ti->begin = start;
	ti->len = len;

	r = target_fits(t, ti);
	if (r && !ti->error)
		goto bad;
	if (r)
		goto bad_said;
	ti->error = "Unknown error";
	if (!target_follows(t, ti)) {
		ti->error = "Gap in table";
		r = -EINVAL;
		goto bad_said;
	}
	r = target_construct(ti, params);
	if (r)
		goto bad_said;
	if (!ti->num_discard_bios && ti->discards_supported)
		DMWARN("%s: %s: ignoring discards_supported because num_discard_bios is zero.",
		       name, type->tt->name);
	t->slots[t->num_targets].type = type;
	table_account(t, ti, type);
	t->num_targets++;
	return 0;

bad_said:
	target_say_error(t, ti, r);
bad:
	/* as it was, for another try */
	memset(ti, 0, sizeof(*ti));
	dm_type_put(type);
	return r;
}

/* A request goes to a disk as it is: to all of it, and to one that takes requests. */
static int not_for_requests(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			    sector_t len, void *data)
{
	return bdev_is_partition(dev->bdev) || !queue_is_mq(bdev_get_queue(dev->bdev));
}

/* May the table be request-based? The words are stock's. */
static int table_check_requests(struct dm_table *t)
{
	struct dm_target *ti = t->targets;

	if (t->num_targets > 1) {
		DMERR("request-based DM doesn't support multiple targets");
		return -EINVAL;
	}
	/* what stands in for any target follows the device, and no disk is below */
	if (dm_target_is_wildcard(ti->type))
		return 0;
	if (!t->immutable) {
		DMERR("table load rejected: immutable target is required");
		return -EINVAL;
	}
	if (ti->max_io_len) {
		DMERR("table load rejected: immutable target that splits IO is not supported");
		return -EINVAL;
	}
	if (ti->type->iterate_devices &&
	    ti->type->iterate_devices(ti, not_for_requests, NULL)) {
		DMERR("table load rejected: including non-request-stackable devices");
		return -EINVAL;
	}
	return 0;
}

/* What the types of the targets can be, where no target has said it. */
static int table_guess_type(struct dm_table *t)
{
	unsigned int i, bios = 0, requests = 0, either = 0;

	for (i = 0; i < t->num_targets; i++) {
		const struct target_type *tt = t->targets[i].type;

		if (tt->map && tt->clone_and_map_rq)
			either++;
		else if (tt->clone_and_map_rq)
			requests++;
		else
			bios++;
	}
	if (bios && requests) {
		DMERR("Inconsistent table: different target types can't be mixed up");
		return -EINVAL;
	}
	/* those that can do both do as the device does; a new one has bios */
	if (either && !bios && READ_ONCE(t->md->type) == DM_TYPE_REQUEST_BASED)
		requests++;
	t->type = requests ? DM_TYPE_REQUEST_BASED : DM_TYPE_BIO_BASED;
	return 0;
}

/* What moves I/O in this table: bios, or requests. */
static int table_decide_type(struct dm_table *t)
{
	int r = 0;

	if (t->type == DM_TYPE_NONE)
		r = table_guess_type(t);
	if (!r && t->type == DM_TYPE_REQUEST_BASED)
		r = table_check_requests(t);
	if (r)
		DMERR("unable to determine table type");
	return r;
}

static sector_t table_end(const void *context, unsigned int i)
{
	const struct dm_table *t = context;

	return t->targets[i].begin + t->targets[i].len;
}

/* What is asked for every I/O, worked out once. */
static void table_find_in_place(struct dm_table *t)
{
	struct block_device *only = NULL;
	unsigned int i;

	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = &t->targets[i];
		struct dm_table_slot *slot = &t->slots[i];
		const struct dm_type_ops *ops = slot->type->ops;

		if (!ops || !ops->flat || !ops->flat(ti, &slot->flat))
			slot->flat.bdev = NULL;
		t->in_place |= slot->flat.bdev || (ops && ops->remap);
		if (!i)
			only = slot->flat.bdev;
		else if (only != slot->flat.bdev)
			only = NULL;
		if (!ti->num_flush_bios)
			only = NULL;
	}
	t->flush_bdev = only;
}

int dm_table_complete(struct dm_table *t)
{
	int r;

	r = table_decide_type(t);
	if (r)
		return r;
	table_find_in_place(t);
	r = dm_search_build(&t->search, t->num_targets, table_end, t);
	if (!r)
		r = t->type == DM_TYPE_REQUEST_BASED ? dm_request_pool_init(t) :
						       dm_clone_pool_init(t);
	if (r)
		DMERR("%s: no memory for the table's search tree or pool",
		      dm_device_name(t->md));
	dm_table_devices_forget_paths(&t->devices);
	return r;
}

void dm_table_set_type(struct dm_table *t, enum dm_queue_mode type)
{
	t->type = type;
}
EXPORT_SYMBOL_GPL(dm_table_set_type);

sector_t dm_table_get_size(struct dm_table *t)
{
	return t->num_targets ? table_end(t, t->num_targets - 1) : 0;
}
EXPORT_SYMBOL(dm_table_get_size);

blk_mode_t dm_table_get_mode(struct dm_table *t)
{
	return t->mode;
}
EXPORT_SYMBOL(dm_table_get_mode);

struct mapped_device *dm_table_get_md(struct dm_table *t)
{
	return t->md;
}
EXPORT_SYMBOL(dm_table_get_md);

const char *dm_table_device_name(struct dm_table *t)
{
	return dm_device_name(t->md);
}
EXPORT_SYMBOL_GPL(dm_table_device_name);

/*
 * An event may come from a target at any time in process context, while the
 * table is being swapped out as well.
 */
static DEFINE_MUTEX(event_mutex);

void dm_table_set_event(struct dm_table *t, void (*fn)(void *context), void *context)
{
	mutex_lock(&event_mutex);
	t->event_fn = fn;
	t->event_context = context;
	mutex_unlock(&event_mutex);
}

void dm_table_event(struct dm_table *t)
{
	mutex_lock(&event_mutex);
	if (t->event_fn)
		t->event_fn(t->event_context);
	mutex_unlock(&event_mutex);
}
EXPORT_SYMBOL(dm_table_event);

int dm_set_target_max_io_len(struct dm_target *ti, sector_t len)
{
	if (len > UINT_MAX) {
		DMERR("Specified maximum size of target IO (%llu) exceeds limit (%u)",
		      (unsigned long long)len, UINT_MAX);
		ti->error = "Maximum size of target IO is too large";
		return -EINVAL;
	}
	ti->max_io_len = len;
	return 0;
}
EXPORT_SYMBOL_GPL(dm_set_target_max_io_len);

void dm_table_presuspend(struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		if (t->targets[i].type->presuspend)
			t->targets[i].type->presuspend(&t->targets[i]);
}

void dm_table_presuspend_undo(struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		if (t->targets[i].type->presuspend_undo)
			t->targets[i].type->presuspend_undo(&t->targets[i]);
}

void dm_table_postsuspend(struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		if (t->targets[i].type->postsuspend)
			t->targets[i].type->postsuspend(&t->targets[i]);
}

int dm_table_resume(struct dm_table *t)
{
	unsigned int i;
	int r;

	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = &t->targets[i];

		if (!ti->type->preresume)
			continue;
		r = ti->type->preresume(ti);
		if (r) {
			DMERR("%s: %s: preresume failed, error = %d",
			      dm_device_name(t->md), ti->type->name, r);
			return r;
		}
	}
	for (i = 0; i < t->num_targets; i++)
		if (t->targets[i].type->resume)
			t->targets[i].type->resume(&t->targets[i]);
	return 0;
}

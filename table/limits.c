// SPDX-License-Identifier: GPL-2.0
/* Queue limits and features of a table, see include/limits.h. */
#include <linux/device-mapper.h>

#include "compat/target.h"
#include "device.h"
#include "limits.h"
#include "table.h"

#define DM_MSG_PREFIX "table"

/* What is said of the devices below one target, gathered in one pass. */
struct gather {
	struct dm_target *ti;
	struct queue_limits *lim;
	unsigned int devices;
	unsigned int any;		/* features that some device has */
	unsigned int all;		/* features that every device has */
	bool all_discard;
	bool all_secure_erase;
	bool all_write_zeroes;
	bool integrity;
};

/* The same for the whole table: what its features are decided on. */
struct verdict {
	unsigned int any;
	bool nowait, poll;
	bool write_cache, fua, stable_writes;
	bool discard, secure_erase, write_zeroes;
	bool integrity;
};

/*
 * Is [start, start + len) within a device, and made of whole blocks? The blocks
 * are those of the target, which has the largest of its devices' or its own.
 */
static int area_check(struct dm_target *ti, struct dm_dev *dev, sector_t start, sector_t len,
		      void *data)
{
	const char *name = dm_device_name(ti->table->md);
	struct block_device *bdev = dev->bdev;
	sector_t size = bdev_nr_sectors(bdev);
	unsigned int block = dm_table_slot(ti)->block;

	/* a device that has no size yet is taken on trust, blocks and all */
	if (!size)
		return 0;
	if (start >= size || len > size - start) {
		DMERR("%s: %pg too small for target: start=%llu, len=%llu, dev_size=%llu",
		      name, bdev, (unsigned long long)start, (unsigned long long)len,
		      (unsigned long long)size);
		return -EINVAL;
	}
	if (start & (block - 1)) {
		DMERR("%s: start=%llu not aligned to h/w logical block size %u of %pg",
		      name, (unsigned long long)start, block << SECTOR_SHIFT, bdev);
		return -EINVAL;
	}
	if (len & (block - 1)) {
		DMERR("%s: len=%llu not aligned to h/w logical block size %u of %pg",
		      name, (unsigned long long)len, block << SECTOR_SHIFT, bdev);
		return -EINVAL;
	}
	return 0;
}

static int gather_device(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			 sector_t len, void *data)
{
	struct gather *g = data;
	struct block_device *bdev = dev->bdev;
	struct request_queue *q = bdev_get_queue(bdev);
	unsigned int f = dm_compat_features_get(q);

	g->devices++;
	g->any |= f;
	g->all &= f;
	g->all_discard &= !!bdev_max_discard_sectors(bdev);
	g->all_secure_erase &= !!q->limits.max_secure_erase_sectors;
	g->all_write_zeroes &= !!q->limits.max_write_zeroes_sectors;

	if (f & DM_FEAT_ZONED) {
		DMERR("%s: %pg is zoned, which dm-core does not support yet",
		      dm_device_name(ti->table->md), bdev);
		return -EINVAL;
	}
	if (g->integrity)
		g->integrity = dm_compat_stack_integrity(g->lim, &q->limits);
	if (blk_stack_limits(g->lim, &q->limits, get_start_sect(bdev) + start) < 0)
		DMWARN("%s: adding target device %pg caused an alignment inconsistency: physical_block_size=%u, logical_block_size=%u, alignment_offset=%u, start=%llu",
		       dm_device_name(ti->table->md), bdev, q->limits.physical_block_size,
		       q->limits.logical_block_size, q->limits.alignment_offset,
		       (unsigned long long)start << SECTOR_SHIFT);
	return 0;
}

/* Add one target's say to the table's. */
static void verdict_add(struct verdict *v, const struct gather *g)
{
	const struct dm_target *ti = g->ti;
	const struct target_type *tt = ti->type;
	bool known = tt->iterate_devices;

	v->any |= g->any;
	v->nowait &= dm_target_supports_nowait(tt) && known && (g->all & DM_FEAT_NOWAIT);
	v->poll &= known && (g->all & DM_FEAT_POLL);
	if (ti->num_flush_bios) {
		v->write_cache |= ti->flush_supported || (g->any & DM_FEAT_WRITE_CACHE);
		v->fua |= ti->flush_supported || (g->any & DM_FEAT_FUA);
	}
	v->stable_writes |= (g->any & DM_FEAT_STABLE_WRITES) || dm_compat_needs_stable_writes(ti);
	v->discard &= ti->num_discard_bios &&
		      (ti->discards_supported || (known && g->all_discard));
	v->secure_erase &= ti->num_secure_erase_bios && known && g->all_secure_erase;
	v->write_zeroes &= ti->num_write_zeroes_bios && known && g->all_write_zeroes;
}

/* The rule table: from what the targets said to limits and features. */
static void verdict_apply(const struct verdict *v, struct dm_limits *limits)
{
	struct queue_limits *lim = &limits->lim;
	const struct {
		bool on;
		unsigned int feature;
	} rules[] = {
		{ v->write_cache, DM_FEAT_WRITE_CACHE },
		{ v->write_cache && v->fua, DM_FEAT_FUA },
		{ v->any & DM_FEAT_ROTATIONAL, DM_FEAT_ROTATIONAL },
		{ v->stable_writes, DM_FEAT_STABLE_WRITES },
		{ v->nowait, DM_FEAT_NOWAIT },
		{ v->poll, DM_FEAT_POLL },
	};
	unsigned int i;

	limits->features = 0;
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].on)
			limits->features |= rules[i].feature;

	if (!v->discard)
		dm_compat_limits_no_discard(lim);
	if (!v->secure_erase)
		lim->max_secure_erase_sectors = 0;
	if (!v->write_zeroes)
		lim->max_write_zeroes_sectors = 0;
	dm_compat_limits_integrity(lim, v->integrity);
}

static int each_device(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	return ti->type->iterate_devices ? ti->type->iterate_devices(ti, fn, data) : 0;
}

static int gather_target(struct dm_table *t, struct dm_target *ti, struct dm_limits *limits,
			 struct verdict *v)
{
	struct queue_limits lim;
	struct gather g = {
		.ti = ti,
		.lim = &lim,
		.all = ~0u,
		.all_discard = true,
		.all_secure_erase = true,
		.all_write_zeroes = true,
		.integrity = dm_target_passes_integrity(ti->type),
	};
	int r;

	blk_set_stacking_limits(&lim);
	r = each_device(ti, gather_device, &g);
	if (r)
		return r;
	if (ti->type->io_hints)
		ti->type->io_hints(ti, &lim);
	verdict_add(v, &g);
	dm_table_slot(ti)->block = lim.logical_block_size >> SECTOR_SHIFT;
	r = each_device(ti, area_check, NULL);
	if (r)
		return r;
	v->integrity = v->integrity && g.integrity &&
		       dm_compat_stack_integrity(&limits->lim, &lim);

	if (blk_stack_limits(&limits->lim, &lim, 0) < 0)
		DMWARN("%s: adding target device (start sect %llu len %llu) caused an alignment inconsistency",
		       dm_device_name(t->md), (unsigned long long)ti->begin,
		       (unsigned long long)ti->len);
	return 0;
}

static int block_is_cut(struct dm_table *t, unsigned int line, const struct dm_target *ti,
			const struct queue_limits *lim)
{
	DMERR("%s: table line %u (start sect %llu len %llu) not aligned to h/w logical block size %u",
	      dm_device_name(t->md), line, (unsigned long long)ti->begin,
	      (unsigned long long)ti->len, lim->logical_block_size);
	return -EINVAL;
}

/*
 * The device has the largest of the blocks below. One of its blocks may lie
 * across a boundary of targets as long as what is beyond the boundary is whole
 * blocks to the target there; and the device ends with a whole block.
 */
static int blocks_check(struct dm_table *t, const struct queue_limits *lim)
{
	unsigned int block = lim->logical_block_size >> SECTOR_SHIFT;
	unsigned int i, beyond = 0;

	for (i = 0; i < t->num_targets; i++) {
		const struct dm_target *ti = &t->targets[i];

		if (beyond < ti->len && beyond % t->slots[i].block)
			return block_is_cut(t, i, ti, lim);
		beyond = -(unsigned int)(ti->begin + ti->len) & (block - 1);
	}
	return beyond ? block_is_cut(t, i, &t->targets[i - 1], lim) : 0;
}

int dm_limits_gather(struct dm_table *t, struct dm_limits *limits)
{
	struct verdict v = {
		.nowait = true, .poll = true,
		.discard = true, .secure_erase = true, .write_zeroes = true,
		.integrity = true,
	};
	unsigned int i;
	int r;

	blk_set_stacking_limits(&limits->lim);
	for (i = 0; i < t->num_targets; i++) {
		r = gather_target(t, &t->targets[i], limits, &v);
		if (r)
			return r;
		cond_resched();
	}
	verdict_apply(&v, limits);
	return blocks_check(t, &limits->lim);
}

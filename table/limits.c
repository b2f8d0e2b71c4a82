// SPDX-License-Identifier: GPL-2.0
/* Queue limits and features of a table, see include/limits.h. */
#include <linux/device-mapper.h>
#include <linux/hash.h>
#include <linux/log2.h>

#include "compat/target.h"
#include "compat/zone.h"
#include "device.h"
#include "limits.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "table"

/* What devices can do. */
struct abilities {
	unsigned int any;		/* features that some device has */
	unsigned int all;		/* features that every device has */
	bool discard, secure_erase, write_zeroes;	/* every device knows these */
	bool integrity;			/* all are of one profile, which the target passes */
};

/* What is said of the devices below one target, gathered in one pass. */
struct gather {
	struct dm_target *ti;
	unsigned int devices;
	/* the first device; often it is the only one, and needs no more than this */
	struct dm_dev *first;
	sector_t first_start, first_len;

	struct queue_limits lim;
	struct dm_compat_profile profile;
	struct abilities abilities;
	bool inconsistent;		/* some device does not fit to the others */
};

/*
 * Most of the targets of a large table are on the same few devices. Where the only
 * device of a target has come to these limits before, and they made no difference to
 * the table's any more, they will not make one as long as the table's do not change.
 */
struct seen {
	struct block_device *bdev;
	struct target_type *type;	/* of the target */
	sector_t start;			/* of a target on it ... */
	sector_t period;		/* ... and all that are so many sectors apart */
	unsigned int block;		/* logical block that they came to, in sectors */
	unsigned int changes;		/* of the table's limits, until then */
	struct abilities abilities;
};

#define SEEN_BITS	3

/* The same for the whole table: what its features are decided on. */
struct verdict {
	unsigned int any;
	bool diskless;
	bool nowait, poll;
	bool write_cache, fua, stable_writes;
	bool discard, secure_erase, write_zeroes;
	bool integrity, own_integrity;
};

/* A pass over a table. */
struct pass {
	struct dm_table *t;
	struct queue_limits *lim;	/* of the table, so far */
	struct dm_compat_profile *profile;
	unsigned int changes;		/* how often they have changed */
	unsigned int block_min, block_max; /* of the targets' logical blocks, in sectors */
	struct verdict verdict;
	struct seen seen[1 << SEEN_BITS];
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
	const unsigned int block = *(unsigned int *)data;

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

/* Add one device's limits and abilities to those of the target. */
static int device_stack(struct gather *g, struct dm_dev *dev, sector_t start)
{
	struct block_device *bdev = dev->bdev;
	struct request_queue *q = bdev_get_queue(bdev);
	unsigned int f = dm_compat_features_get(q);
	const char *name = dm_device_name(g->ti->table->md);

	g->abilities.any |= f;
	g->abilities.all &= f;
	g->abilities.discard &= !!bdev_max_discard_sectors(bdev);
	g->abilities.secure_erase &= !!q->limits.max_secure_erase_sectors;
	g->abilities.write_zeroes &= !!q->limits.max_write_zeroes_sectors;

	if (g->abilities.integrity)
		g->abilities.integrity = dm_compat_stack_bdev(&g->lim, &g->profile, bdev);
	if (blk_stack_limits(&g->lim, &q->limits, get_start_sect(bdev) + start) < 0) {
		g->inconsistent = true;
		DMWARN("%s: adding target device %pg caused an alignment inconsistency: physical_block_size=%u, logical_block_size=%u, alignment_offset=%u, start=%llu",
		       name, bdev, q->limits.physical_block_size, q->limits.logical_block_size,
		       q->limits.alignment_offset, (unsigned long long)start << SECTOR_SHIFT);
	}
	return 0;
}

/* Begin with the first device, now that it turned out to be needed. */
static int first_stack(struct gather *g)
{
	blk_set_stacking_limits(&g->lim);
	g->profile = (struct dm_compat_profile) {};
	g->abilities = (struct abilities) {
		.all = ~0u, .discard = true, .secure_erase = true, .write_zeroes = true,
		.integrity = dm_target_passes_integrity(g->ti->type),
	};
	g->inconsistent = false;
	return g->devices ? device_stack(g, g->first, g->first_start) : 0;
}

static int gather_device(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			 sector_t len, void *data)
{
	struct gather *g = data;
	int r = 0;

	if (!g->devices++) {
		g->first = dev;
		g->first_start = start;
		g->first_len = len;
		return 0;
	}
	if (g->devices == 2)
		r = first_stack(g);
	return r ?: device_stack(g, dev, start);
}

/* Add one target's say to the table's. */
static void verdict_add(struct verdict *v, const struct dm_target *ti, const struct abilities *a)
{
	const struct target_type *tt = ti->type;
	bool known = tt->iterate_devices;
	unsigned int all;

	v->any |= a->any;
	all = known || !dm_compat_features_need_disks() ? a->all : 0;
	v->nowait &= dm_target_supports_nowait(tt) && (all & DM_FEAT_NOWAIT);
	v->poll &= !!(all & DM_FEAT_POLL);
	if (ti->num_flush_bios) {
		v->write_cache |= ti->flush_supported || (a->any & DM_FEAT_WRITE_CACHE);
		v->fua |= ti->flush_supported || (a->any & DM_FEAT_FUA);
	}
	v->stable_writes |= (a->any & DM_FEAT_STABLE_WRITES) || dm_compat_needs_stable_writes(ti);
	v->discard &= ti->num_discard_bios &&
		      (ti->discards_supported || (known && a->discard));
	v->secure_erase &= ti->num_secure_erase_bios && known && a->secure_erase;
	v->write_zeroes &= ti->num_write_zeroes_bios && known && a->write_zeroes;
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

	limits->diskless = v->diskless;
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
	limits->own_integrity = v->own_integrity;
	dm_compat_limits_integrity(lim, &limits->profile, v->integrity);
}

static int each_device(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	return ti->type->iterate_devices ? ti->type->iterate_devices(ti, fn, data) : 0;
}

/*
 * After how many sectors a device's alignment repeats itself; 0 where that is no
 * power of two, and better not relied on.
 */
static sector_t alignment_period(const struct queue_limits *lim)
{
	unsigned int io = max(lim->physical_block_size, lim->io_min);
	unsigned int bytes = max3(io, lim->discard_granularity, 1U << SECTOR_SHIFT);

	if (!is_power_of_2(io) ||
	    (lim->discard_granularity && !is_power_of_2(lim->discard_granularity)))
		return 0;
	return bytes >> SECTOR_SHIFT;
}

static struct seen *seen_at(struct pass *pass, const struct gather *g)
{
	return &pass->seen[hash_ptr(g->first->bdev, SEEN_BITS)];
}

/* What is known of the only device of a target, which would change nothing; or NULL. */
static const struct seen *seen_before(struct pass *pass, const struct gather *g)
{
	const struct seen *s;

	if (g->devices != 1 || g->ti->type->io_hints)
		return NULL;
	s = seen_at(pass, g);
	if (s->bdev != g->first->bdev || s->type != g->ti->type || s->changes != pass->changes)
		return NULL;
	return (g->first_start - s->start) & (s->period - 1) ? NULL : s;
}

/* It was stacked in full, and has changed nothing. */
static void seen_now(struct pass *pass, const struct gather *g)
{
	sector_t period = alignment_period(&bdev_get_queue(g->first->bdev)->limits);

	if (period)
		*seen_at(pass, g) = (struct seen) {
			.bdev = g->first->bdev,
			.type = g->ti->type,
			.start = g->first_start,
			.period = period,
			.block = g->lim.logical_block_size >> SECTOR_SHIFT,
			.changes = pass->changes,
			.abilities = g->abilities,
		};
}

/* Add a target's limits to the table's. */
static noinline_for_stack void target_stack(struct pass *pass, struct gather *g)
{
	const struct dm_target *ti = g->ti;
	const struct queue_limits before = *pass->lim;
	struct verdict *v = &pass->verdict;

	if (v->integrity && g->abilities.integrity &&
	    !dm_compat_stack_target(pass->lim, pass->profile, &g->lim, &g->profile)) {
		DMWARN("%s: adding target device (start sect %llu len %llu) disabled integrity support due to incompatibility",
		       dm_device_name(ti->table->md), (unsigned long long)ti->begin,
		       (unsigned long long)ti->len);
		v->integrity = false;
	}
	v->integrity &= g->abilities.integrity;
	if (blk_stack_limits(pass->lim, &g->lim, 0) < 0) {
		DMWARN("%s: adding target device (start sect %llu len %llu) caused an alignment inconsistency",
		       dm_device_name(ti->table->md), (unsigned long long)ti->begin,
		       (unsigned long long)ti->len);
		g->inconsistent = true;
	}
	if (memcmp(&before, pass->lim, sizeof(before)))
		pass->changes++;
	else if (g->devices == 1 && !ti->type->io_hints && !g->inconsistent)
		seen_now(pass, g);
}

static void block_note(struct pass *pass, unsigned int block)
{
	pass->block_min = min(pass->block_min, block);
	pass->block_max = max(pass->block_max, block);
}

static noinline_for_stack int gather_target(struct pass *pass, struct dm_target *ti)
{
	const struct seen *seen;
	unsigned int block;
	struct gather g;
	int r;

	g.ti = ti;
	g.devices = 0;
	r = each_device(ti, gather_device, &g);
	if (r)
		return r;
	pass->verdict.diskless &= ti->type->iterate_devices && !g.devices;
	seen = seen_before(pass, &g);
	if (seen) {
		block = seen->block;
		verdict_add(&pass->verdict, ti, &seen->abilities);
		return area_check(ti, g.first, g.first_start, g.first_len, &block);
	}

	if (g.devices < 2)
		r = first_stack(&g);
	if (r)
		return r;
	if (ti->type->io_hints)
		ti->type->io_hints(ti, &g.lim);
	/* what it says of integrity data is of its own, and not of a disk below */
	if (dm_target_has_integrity(ti->type))
		g.abilities.integrity = true;
	else
		pass->verdict.own_integrity = false;
	verdict_add(&pass->verdict, ti, &g.abilities);
	block = g.lim.logical_block_size >> SECTOR_SHIFT;
	block_note(pass, block);
	r = each_device(ti, area_check, &block);
	if (!r)
		target_stack(pass, &g);
	return r;
}

static int block_is_cut(struct dm_table *t, unsigned int line, const struct dm_target *ti,
			const struct queue_limits *lim)
{
	DMERR("%s: table line %u (start sect %llu len %llu) not aligned to h/w logical block size %u",
	      dm_device_name(t->md), line, (unsigned long long)ti->begin,
	      (unsigned long long)ti->len, lim->logical_block_size);
	return -EINVAL;
}

static int block_gather(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			sector_t len, void *data)
{
	struct queue_limits *lim = data;

	lim->logical_block_size = max(lim->logical_block_size,
				      bdev_logical_block_size(dev->bdev));
	return 0;
}

/* The logical block of the devices below a target, in sectors. */
static noinline_for_stack unsigned int target_block(struct dm_target *ti)
{
	struct queue_limits lim;

	blk_set_stacking_limits(&lim);
	each_device(ti, block_gather, &lim);
	if (ti->type->io_hints)
		ti->type->io_hints(ti, &lim);
	return lim.logical_block_size >> SECTOR_SHIFT;
}

/*
 * The device has the largest of the blocks below. One of its blocks may lie
 * across a boundary of targets as long as what is beyond the boundary is whole
 * blocks to the target there; and the device ends with a whole block. Tables whose
 * targets have different blocks are few: those are asked for them once more.
 */
static int blocks_check(const struct pass *pass)
{
	unsigned int block = pass->lim->logical_block_size >> SECTOR_SHIFT;
	bool mixed = pass->block_min != pass->block_max;
	struct dm_table *t = pass->t;
	unsigned int i, beyond = 0;

	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = &t->targets[i];

		if (beyond && beyond < ti->len &&
		    beyond % (mixed ? target_block(ti) : pass->block_max))
			return block_is_cut(t, i, ti, pass->lim);
		beyond = -(unsigned int)(ti->begin + ti->len) & (block - 1);
	}
	return beyond ? block_is_cut(t, i, &t->targets[i - 1], pass->lim) : 0;
}

int dm_limits_gather(struct dm_table *t, struct dm_limits *limits)
{
	struct pass pass = {
		.t = t,
		.lim = &limits->lim,
		.profile = &limits->profile,
		.block_min = UINT_MAX,
		.verdict = {
			.diskless = true,
			/* requests are not polled for: their clones have no bio of the caller */
			.nowait = true, .poll = t->type != DM_TYPE_REQUEST_BASED,
			.discard = true, .secure_erase = true, .write_zeroes = true,
			.integrity = true, .own_integrity = true,
		},
	};
	unsigned int i;
	int r;

	blk_set_stacking_limits(&limits->lim);
	limits->profile = (struct dm_compat_profile) {};
	limits->zone_sectors = 0;
	limits->zones_shared = false;
	for (i = 0; i < t->num_targets; i++) {
		r = gather_target(&pass, &t->targets[i]);
		if (r)
			return r;
		cond_resched();
	}
	verdict_apply(&pass.verdict, limits);
	if (t->dax)
		limits->features |= DM_FEAT_DAX;
	r = blocks_check(&pass);
	if (!r && (pass.verdict.any & DM_FEAT_ZONED))
		r = dm_zoned_limits(t, limits);
	return r;
}

int dm_limits_set(struct gendisk *disk, struct dm_limits *limits)
{
	/* dm-integrity has done that by itself */
	if (!limits->own_integrity)
		dm_compat_integrity_set(disk, &limits->profile);
	return dm_compat_limits_set(disk, &limits->lim, limits->features);
}

void dm_limits_keep(struct dm_limits *limits, struct gendisk *disk)
{
	const unsigned int own = DM_FEAT_NOWAIT | DM_FEAT_DAX;
	unsigned int kept = dm_compat_features_get(disk->queue) & ~own;

	limits->lim = disk->queue->limits;
	/* but no table without disks has zones to report */
	if (dm_compat_limits_zoned(&limits->lim))
		dm_compat_limits_not_zoned(&limits->lim);
	limits->features = kept | (limits->features & own);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue limits and queue features, as Linux 6.12 has them: the features are
 * bits of struct queue_limits (BLK_FEAT_*), stacked with the limits and put in
 * force with them in one step.
 *
 * Bridged:
 *  - 6.9 brought queue_limits_set(), which checks limits before they hold;
 *  - 6.11 moved the features from flags of the queue into the limits, and there
 *    the integrity profile, too.
 */
#ifndef DM_COMPAT_LIMITS_H
#define DM_COMPAT_LIMITS_H

#include <linux/blk-integrity.h>
#include <linux/blkdev.h>
#include <linux/version.h>

/* What a queue can do; the core computes it as one mask. */
enum dm_feature {
	DM_FEAT_WRITE_CACHE	= 1 << 0,
	DM_FEAT_FUA		= 1 << 1,
	DM_FEAT_ROTATIONAL	= 1 << 2,
	DM_FEAT_ADD_RANDOM	= 1 << 3,
	DM_FEAT_STABLE_WRITES	= 1 << 4,
	DM_FEAT_NOWAIT		= 1 << 5,
	DM_FEAT_POLL		= 1 << 6,
	DM_FEAT_ZONED		= 1 << 7,
	DM_FEAT_DAX		= 1 << 8,
};

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)

/**
 * dm_compat_features_get() - what a queue can do
 * @q: queue of an open device
 *
 * Return: a mask of enum dm_feature.
 */
static inline unsigned int dm_compat_features_get(struct request_queue *q)
{
	unsigned int f = 0;

	f |= test_bit(QUEUE_FLAG_WC, &q->queue_flags) ? DM_FEAT_WRITE_CACHE : 0;
	f |= test_bit(QUEUE_FLAG_FUA, &q->queue_flags) ? DM_FEAT_FUA : 0;
	f |= blk_queue_nonrot(q) ? 0 : DM_FEAT_ROTATIONAL;
	f |= blk_queue_add_random(q) ? DM_FEAT_ADD_RANDOM : 0;
	f |= blk_queue_stable_writes(q) ? DM_FEAT_STABLE_WRITES : 0;
	f |= test_bit(QUEUE_FLAG_NOWAIT, &q->queue_flags) ? DM_FEAT_NOWAIT : 0;
	f |= test_bit(QUEUE_FLAG_POLL, &q->queue_flags) ? DM_FEAT_POLL : 0;
	f |= blk_queue_is_zoned(q) ? DM_FEAT_ZONED : 0;
	f |= blk_queue_dax(q) ? DM_FEAT_DAX : 0;
	return f;
}

static inline void dm_compat_flag_assign(struct request_queue *q, unsigned int flag, bool on)
{
	if (on)
		blk_queue_flag_set(flag, q);
	else
		blk_queue_flag_clear(flag, q);
}

/**
 * dm_compat_limits_set() - put limits and features in force
 * @disk: a disk with no I/O under way
 * @lim: the limits
 * @f: mask of enum dm_feature
 *
 * Context: may sleep. Return: 0 or a negative errno, the old limits then stay.
 */
static inline int dm_compat_limits_set(struct gendisk *disk, struct queue_limits *lim,
				       unsigned int f)
{
	struct request_queue *q = disk->queue;

	q->limits = *lim;
	blk_queue_write_cache(q, f & DM_FEAT_WRITE_CACHE, f & DM_FEAT_FUA);
	dm_compat_flag_assign(q, QUEUE_FLAG_NONROT, !(f & DM_FEAT_ROTATIONAL));
	dm_compat_flag_assign(q, QUEUE_FLAG_ADD_RANDOM, f & DM_FEAT_ADD_RANDOM);
	dm_compat_flag_assign(q, QUEUE_FLAG_STABLE_WRITES, f & DM_FEAT_STABLE_WRITES);
	dm_compat_flag_assign(q, QUEUE_FLAG_NOWAIT, f & DM_FEAT_NOWAIT);
	dm_compat_flag_assign(q, QUEUE_FLAG_POLL, f & DM_FEAT_POLL);
	dm_compat_flag_assign(q, QUEUE_FLAG_DAX, f & DM_FEAT_DAX);
	disk_update_readahead(disk);
	return 0;
}

static inline void dm_compat_limits_no_discard(struct queue_limits *lim)
{
	lim->max_discard_sectors = 0;
	lim->max_hw_discard_sectors = 0;
	lim->discard_granularity = 0;
	lim->discard_alignment = 0;
	lim->discard_misaligned = 0;
}

/**
 * struct dm_compat_profile - which integrity data there are below
 *
 * Bridged: before 6.11 a profile is kept with a disk, later it is in the limits.
 *
 * @disk: one that has the profile; NULL for none
 * @stacked: something was added
 */
struct dm_compat_profile {
	struct gendisk *disk;
	bool stacked;
};

static inline bool dm_compat_profile_add(struct dm_compat_profile *t,
					 const struct dm_compat_profile *b)
{
	if (!t->stacked)
		t->disk = b->disk;
	t->stacked = true;
	if (!t->disk && !b->disk)
		return true;
	if (t->disk && b->disk && !blk_integrity_compare(t->disk, b->disk))
		return true;
	t->disk = NULL;
	return false;
}

/**
 * dm_compat_stack_bdev() - add what a device says of integrity data to a target's
 * @t: the target's limits so far
 * @profile: its profile so far
 * @bdev: the device
 *
 * Return: false where they do not agree.
 */
static inline bool dm_compat_stack_bdev(struct queue_limits *t, struct dm_compat_profile *profile,
					struct block_device *bdev)
{
	struct dm_compat_profile b = {
		.disk = blk_get_integrity(bdev->bd_disk) ? bdev->bd_disk : NULL,
	};

	return dm_compat_profile_add(profile, &b);
}

/** dm_compat_stack_target() - the same for what a target says, to the table's */
static inline bool dm_compat_stack_target(struct queue_limits *t,
					  struct dm_compat_profile *profile,
					  struct queue_limits *b,
					  const struct dm_compat_profile *of_target)
{
	return dm_compat_profile_add(profile, of_target);
}

/**
 * dm_compat_limits_integrity() - what is offered above of what was stacked
 * @lim: the limits
 * @profile: the profile
 * @passes: whether all targets pass integrity data, and all below agree on it
 */
static inline void dm_compat_limits_integrity(struct queue_limits *lim,
					      struct dm_compat_profile *profile, bool passes)
{
	if (!passes)
		profile->disk = NULL;
}

/**
 * dm_compat_integrity_set() - offer integrity data as those below are; before the limits
 * @disk: a disk with no I/O under way
 * @profile: what was stacked
 */
static inline void dm_compat_integrity_set(struct gendisk *disk,
					   const struct dm_compat_profile *profile)
{
	struct blk_integrity *now = blk_get_integrity(disk), *below;

	if (!profile->disk) {
		blk_integrity_unregister(disk);
		return;
	}
	/* what the administrator has set of it (queue/integrity) stays */
	below = blk_get_integrity(profile->disk);
	if (!now || now->profile != below->profile || now->tuple_size != below->tuple_size ||
	    now->interval_exp != below->interval_exp || now->tag_size != below->tag_size)
		blk_integrity_register(disk, below);
}

/**
 * dm_compat_profile_give() - a disk gets a profile of integrity data (for tests)
 * @disk: the disk
 * @tuple: bytes of integrity data for each 512 bytes, @tag of them free to use
 */
static inline void dm_compat_profile_give(struct gendisk *disk, unsigned int tuple,
					  unsigned int tag)
{
	struct blk_integrity template = {
		.tuple_size = tuple, .tag_size = tag, .interval_exp = SECTOR_SHIFT,
	};

	blk_integrity_register(disk, &template);
}

#else

static inline unsigned int dm_compat_features_get(struct request_queue *q)
{
	blk_features_t b = q->limits.features;
	unsigned int f = 0;

	f |= b & BLK_FEAT_WRITE_CACHE ? DM_FEAT_WRITE_CACHE : 0;
	f |= b & BLK_FEAT_FUA ? DM_FEAT_FUA : 0;
	f |= b & BLK_FEAT_ROTATIONAL ? DM_FEAT_ROTATIONAL : 0;
	f |= b & BLK_FEAT_ADD_RANDOM ? DM_FEAT_ADD_RANDOM : 0;
	f |= b & BLK_FEAT_STABLE_WRITES ? DM_FEAT_STABLE_WRITES : 0;
	f |= b & BLK_FEAT_NOWAIT ? DM_FEAT_NOWAIT : 0;
	f |= b & BLK_FEAT_POLL ? DM_FEAT_POLL : 0;
	f |= b & BLK_FEAT_ZONED ? DM_FEAT_ZONED : 0;
	f |= b & BLK_FEAT_DAX ? DM_FEAT_DAX : 0;
	return f;
}

static inline int dm_compat_limits_set(struct gendisk *disk, struct queue_limits *lim,
				       unsigned int f)
{
	blk_features_t b = lim->features;

	b &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA | BLK_FEAT_ROTATIONAL |
	       BLK_FEAT_ADD_RANDOM | BLK_FEAT_STABLE_WRITES | BLK_FEAT_NOWAIT | BLK_FEAT_POLL |
	       BLK_FEAT_DAX);
	/* iostats is the administrator's: /sys/block/dm-N/queue/iostats */
	b &= ~BLK_FEAT_IO_STAT;
	b |= disk->queue->limits.features & BLK_FEAT_IO_STAT;
	b |= f & DM_FEAT_WRITE_CACHE ? BLK_FEAT_WRITE_CACHE : 0;
	b |= f & DM_FEAT_FUA ? BLK_FEAT_FUA : 0;
	b |= f & DM_FEAT_ROTATIONAL ? BLK_FEAT_ROTATIONAL : 0;
	b |= f & DM_FEAT_ADD_RANDOM ? BLK_FEAT_ADD_RANDOM : 0;
	b |= f & DM_FEAT_STABLE_WRITES ? BLK_FEAT_STABLE_WRITES : 0;
	b |= f & DM_FEAT_NOWAIT ? BLK_FEAT_NOWAIT : 0;
	b |= f & DM_FEAT_POLL ? BLK_FEAT_POLL : 0;
	b |= f & DM_FEAT_DAX ? BLK_FEAT_DAX : 0;
	lim->features = b;
	return queue_limits_set(disk->queue, lim);
}

static inline void dm_compat_limits_no_discard(struct queue_limits *lim)
{
	lim->max_hw_discard_sectors = 0;
	lim->discard_granularity = 0;
	lim->discard_alignment = 0;
}

struct dm_compat_profile {};

static inline bool dm_compat_stack_bdev(struct queue_limits *t, struct dm_compat_profile *profile,
					struct block_device *bdev)
{
	return queue_limits_stack_integrity(t, &bdev_get_queue(bdev)->limits);
}

static inline bool dm_compat_stack_target(struct queue_limits *t,
					  struct dm_compat_profile *profile,
					  struct queue_limits *b,
					  const struct dm_compat_profile *of_target)
{
	return queue_limits_stack_integrity(t, b);
}

static inline void dm_compat_limits_integrity(struct queue_limits *lim,
					      struct dm_compat_profile *profile, bool passes)
{
	if (!passes)
		memset(&lim->integrity, 0, sizeof(lim->integrity));
}

static inline void dm_compat_integrity_set(struct gendisk *disk,
					   const struct dm_compat_profile *profile)
{
}

static inline void dm_compat_profile_give(struct gendisk *disk, unsigned int tuple,
					  unsigned int tag)
{
	disk->queue->limits.integrity = (struct blk_integrity) {
		.flags = BLK_INTEGRITY_DEVICE_CAPABLE, .tuple_size = tuple, .tag_size = tag,
		.interval_exp = SECTOR_SHIFT,
	};
}

#endif

#endif

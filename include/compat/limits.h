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
 * dm_compat_stack_integrity() - add what a device or a target says of integrity data
 * @t: what is stacked so far
 * @b: the limits of what is added
 *
 * Bridged: before 6.11 it is kept with the disk, where we do not set it.
 *
 * Return: false where the two do not agree.
 */
static inline bool dm_compat_stack_integrity(struct queue_limits *t, struct queue_limits *b)
{
	return true;
}

static inline void dm_compat_limits_integrity(struct queue_limits *lim, bool passes, bool own)
{
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
	return f;
}

static inline int dm_compat_limits_set(struct gendisk *disk, struct queue_limits *lim,
				       unsigned int f)
{
	blk_features_t b = lim->features;

	b &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA | BLK_FEAT_ROTATIONAL |
	       BLK_FEAT_ADD_RANDOM | BLK_FEAT_STABLE_WRITES | BLK_FEAT_NOWAIT | BLK_FEAT_POLL);
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
	lim->features = b;
	return queue_limits_set(disk->queue, lim);
}

static inline void dm_compat_limits_no_discard(struct queue_limits *lim)
{
	lim->max_hw_discard_sectors = 0;
	lim->discard_granularity = 0;
	lim->discard_alignment = 0;
}

static inline bool dm_compat_stack_integrity(struct queue_limits *t, struct queue_limits *b)
{
	return queue_limits_stack_integrity(t, b);
}

/**
 * dm_compat_limits_integrity() - what is offered above of what was stacked
 * @lim: the limits
 * @passes: whether all targets pass integrity data, and all below agree on it
 * @own: whether it is the targets themselves that keep the data (dm-integrity)
 *
 * A profile of the disks below is not offered above: they make the data themselves.
 */
static inline void dm_compat_limits_integrity(struct queue_limits *lim, bool passes, bool own)
{
	if (!passes || (lim->integrity.tuple_size && !own))
		memset(&lim->integrity, 0, sizeof(lim->integrity));
}

#endif

#endif

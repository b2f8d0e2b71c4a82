/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of struct dm_target that came and went.
 *
 * Bridged: 6.11 dropped needs_stable_writes, when targets began to say it in
 * their queue limits.
 */
#ifndef DM_COMPAT_TARGET_H
#define DM_COMPAT_TARGET_H

#include <linux/device-mapper.h>
#include <linux/version.h>

static inline bool dm_compat_needs_stable_writes(const struct dm_target *ti)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return ti->needs_stable_writes;
#else
	return false;
#endif
}

/**
 * dm_compat_discard_granularity() - multiples that pieces of a bio may not cross
 * @ti: a target
 * @bio: a discard, or another operation without data
 *
 * Bridged: 6.11 added max_discard_granularity, for targets whose discards are
 * to be split on multiples of max_discard_sectors.
 *
 * Return: sectors, or 0 for no such limit.
 */
static inline unsigned int dm_compat_discard_granularity(const struct dm_target *ti,
							 struct bio *bio)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	if (ti->max_discard_granularity && bio_op(bio) == REQ_OP_DISCARD)
		return bdev_get_queue(bio->bi_bdev)->limits.max_discard_sectors;
#endif
	return 0;
}

/*
 * What the stock module of the kernel calls the built-in types: 6.10 to 6.12
 * gave the error target zones and zero and striped hints of their own.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define DM_COMPAT_ERROR_VERSION		{ 1, 5, 0 }
#define DM_COMPAT_ZERO_VERSION		{ 1, 1, 0 }
#else
#define DM_COMPAT_ERROR_VERSION		{ 1, 7, 0 }
#define DM_COMPAT_ZERO_VERSION		{ 1, 2, 0 }
#endif

/**
 * dm_compat_hint_discards() - a target without disks takes discards of any size
 * @lim: what its io_hints is given
 *
 * Bridged: the stock modules before 6.12 have no discards there.
 */
static inline void dm_compat_hint_discards(struct queue_limits *lim)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	lim->max_hw_discard_sectors = UINT_MAX;
	lim->discard_granularity = SECTOR_SIZE;
#endif
}

static inline bool dm_compat_discards_anywhere(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0);
}

/**
 * dm_compat_hint_chunk() - multiples that an I/O had better not cross
 * @lim: what io_hints is given
 * @chunk: sectors
 *
 * Bridged: the stock modules before 6.12 keep it to themselves.
 */
static inline void dm_compat_hint_chunk(struct queue_limits *lim, unsigned int chunk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	lim->chunk_sectors = chunk;
#endif
}

/*
 * Bridged: since 6.12 the error target passes integrity data on, to nobody, and
 * shows what disk it has: where it has none, it leaves the limits of a device as they
 * are; where it was given one, it has its limits and zones.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define DM_COMPAT_ERROR_FEATURES	DM_TARGET_WILDCARD
#define DM_COMPAT_ERROR_ITERATES	0
#else
#define DM_COMPAT_ERROR_FEATURES	(DM_TARGET_WILDCARD | DM_TARGET_PASSES_INTEGRITY | \
					 DM_TARGET_ZONED_HM)
#define DM_COMPAT_ERROR_ITERATES	1
#endif

/**
 * dm_compat_features_need_disks() - must targets show their disks for NOWAIT, POLL?
 *
 * Bridged: since 6.12 one that has none does not stand against it.
 */
static inline bool dm_compat_features_need_disks(void)
{
	return LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0);
}

#endif

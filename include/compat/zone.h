/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Zones in queue limits and disks, as Linux 6.12 has them.
 *
 * Bridged:
 *  - 6.10 made one bit, BLK_FEAT_ZONED since 6.11, of the zoned model of the limits;
 *    what is not zoned host-managed is not zoned;
 *  - 6.10 moved how many zones may be open or active from the disk into the limits.
 */
#ifndef DM_COMPAT_ZONE_H
#define DM_COMPAT_ZONE_H

#include <linux/blkdev.h>
#include <linux/version.h>

/**
 * dm_compat_limits_zoned() - are limits those of a zoned device?
 * @lim: the limits
 */
static inline bool dm_compat_limits_zoned(const struct queue_limits *lim)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return lim->zoned == BLK_ZONED_HM || lim->zoned == BLK_ZONED_HA;
#else
	return lim->features & BLK_FEAT_ZONED;
#endif
}

/**
 * dm_compat_limits_emulate_append() - the device above does appends by itself
 * @lim: limits of a zoned device
 *
 * Bridged: since 6.11 a limit of 0 says so, and the block layer works out what is
 * shown. Before, it has to be there.
 */
static inline void dm_compat_limits_emulate_append(struct queue_limits *lim)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	if (!lim->max_zone_append_sectors)
		lim->max_zone_append_sectors = min(lim->max_hw_sectors, lim->chunk_sectors);
#else
	lim->max_zone_append_sectors = 0;
#endif
}

/**
 * dm_compat_zone_resources() - do limits depend on what zones there are?
 *
 * Bridged: since 6.11 the stock module counts the zones that are written in sequence.
 * Without any the device is not zoned; and it shows how many may be open or active.
 */
static inline bool dm_compat_zone_resources(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0);
}

/**
 * dm_compat_limits_set_open() - how many zones may be open, and active
 * @lim: limits of a zoned device
 * @open: 0 for no limit
 * @active: 0 for no limit
 */
static inline void dm_compat_limits_set_open(struct queue_limits *lim, unsigned int open,
					     unsigned int active)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	lim->max_open_zones = active ? min(open, active) : open;
	lim->max_active_zones = active;
#endif
}

/**
 * dm_compat_limits_not_zoned() - make them those of a device without zones
 * @lim: limits of a zoned device
 */
static inline void dm_compat_limits_not_zoned(struct queue_limits *lim)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	lim->zoned = BLK_ZONED_NONE;
#else
	lim->features &= ~BLK_FEAT_ZONED;
#endif
	dm_compat_limits_set_open(lim, 0, 0);
	lim->zone_write_granularity = 0;
	lim->max_zone_append_sectors = 0;
	lim->chunk_sectors = 0;
}

/**
 * dm_compat_disk_set_zones() - say how many zones a disk has
 * @disk: a disk with no I/O under way
 * @nr: 0 where it is not zoned
 */
static inline void dm_compat_disk_set_zones(struct gendisk *disk, unsigned int nr)
{
#ifdef CONFIG_BLK_DEV_ZONED
	disk->nr_zones = nr;
#endif
}

static inline unsigned int dm_compat_disk_zones(const struct gendisk *disk)
{
#ifdef CONFIG_BLK_DEV_ZONED
	return disk->nr_zones;
#else
	return 0;
#endif
}

#endif

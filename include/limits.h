/* SPDX-License-Identifier: GPL-2.0 */
/* Queue limits and features of a table, from those of the devices below. */
#ifndef DM_LIMITS_H
#define DM_LIMITS_H

#include <linux/blkdev.h>

#include "compat/limits.h"

struct dm_table;

/**
 * struct dm_limits - what a table allows
 * @lim: the queue limits
 * @features: mask of enum dm_feature
 * @diskless: every target shows its disks, and none has any
 * @profile: integrity data that the disks below have, and that is offered above
 * @own_integrity: it is the targets that keep integrity data (dm-integrity), and that say so
 * @zone_sectors: size of the zones; 0 where it is not zoned
 * @zones_shared: others may have zones of the same disks open
 */
struct dm_limits {
	struct queue_limits lim;
	unsigned int features;
	bool diskless;
	struct dm_compat_profile profile;
	bool own_integrity;
	unsigned int zone_sectors;
	bool zones_shared;
};

/**
 * dm_limits_gather() - go over the targets once and stack their limits
 * @t: a table whose targets are all there
 * @limits: result
 *
 * Context: may sleep (targets' functions do).
 * Return: 0; -EINVAL, with a line in the log, where an underlying device does
 * not hold the area that a target wants of it or has blocks that do not fit.
 */
int dm_limits_gather(struct dm_table *t, struct dm_limits *limits);

/**
 * dm_limits_set() - put limits in force
 * @disk: the device's, with no I/O under way
 * @limits: the limits
 *
 * Context: may sleep. Return: 0 or a negative errno, the old limits then stay.
 */
int dm_limits_set(struct gendisk *disk, struct dm_limits *limits);

/* table/zoned.c */
/**
 * dm_zoned_limits() - check a table with zoned devices below, and add to its limits
 * @t: the table
 * @limits: gathered from all of its targets; result
 *
 * Return: 0; -EINVAL, with a line in the log, where the table is zoned in part, or
 * zones are cut or of several sizes.
 */
int dm_zoned_limits(struct dm_table *t, struct dm_limits *limits);

/**
 * dm_zoned_say() - tell the log how a device with new zones deals with them
 * @t: its table
 * @limits: what was gathered of it
 */
void dm_zoned_say(const struct dm_table *t, const struct dm_limits *limits);

/**
 * dm_limits_keep() - limits of a table without disks that replaces another
 * @limits: what was gathered; result
 * @disk: the device's, whose limits stay: what is on it was made for them, and
 *	a table with the disks may come back
 */
void dm_limits_keep(struct dm_limits *limits, struct gendisk *disk);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Zoned devices.
 *
 * io/zone.c		reports of zones, and resetting all of them
 * io/zone_write.c	writes in order, and appends for targets that have none
 * table/zoned.c	which tables may be zoned, and what that means for limits
 *
 * All of a table is zoned, or nothing of it is: zones are of one size, and targets
 * begin and end with zones, above and below. So an offset in a zone is the same
 * on both sides.
 */
#ifndef DM_ZONE_H
#define DM_ZONE_H

#include <linux/blkdev.h>

struct bio;
struct dm_limits;
struct dm_table;
struct dm_target;
struct dm_zone_writes;
struct mapped_device;

#ifdef CONFIG_BLK_DEV_ZONED

/* io/zone.c */
/**
 * dm_zone_report_disk() - ->report_zones of the disk
 * @disk: of a mapped device
 * @sector: where to begin
 * @nr_zones: how many at most
 * @cb: told of each zone
 * @data: its argument
 *
 * Context: may sleep.
 * Return: how many were reported; -EAGAIN while the device is suspended; or a
 * negative errno.
 */
int dm_zone_report_disk(struct gendisk *disk, sector_t sector, unsigned int nr_zones,
			report_zones_cb cb, void *data);

/**
 * dm_zone_report() - report zones of a table
 * @t: a table with zones, which the caller pins
 * @sector: where to begin
 * @nr_zones: how many at most
 * @cb: told of each zone, with places as the mapped device has them
 * @data: its argument
 *
 * Context: may sleep.
 * Return: how many were reported, or a negative errno.
 */
int dm_zone_report(struct dm_table *t, sector_t sector, unsigned int nr_zones,
		   report_zones_cb cb, void *data);

/**
 * dm_zone_remap() - where a zone of a disk below is in the mapped device
 * @zone: as the disk reports it; result
 * @ti: a target on that disk
 * @start: where the target begins there
 *
 * Return: false where the target ends before the zone.
 */
bool dm_zone_remap(struct blk_zone *zone, const struct dm_target *ti, sector_t start);

/**
 * dm_zone_reset_all() - reset all zones of a device
 * @md: the device
 * @t: its table, pinned by the count
 * @bio: the request, which is counted
 * @may_wait: see dm_io_route(); where not, this goes on in the device's worker
 *
 * The disks below may have more zones than are mapped, so that only a table that
 * is one whole disk passes the request on.
 */
void dm_zone_reset_all(struct mapped_device *md, struct dm_table *t, struct bio *bio,
		       bool may_wait);

/**
 * dm_zone_append_end() - a zone append was done below: tell where
 * @bio: of the upper layer, for the zone it names
 * @done: as it came from below, with the sector that was written there
 */
void dm_zone_append_end(struct bio *bio, const struct bio *done);

/* io/zone_write.c */
/**
 * dm_zone_writes_create() - prepare for writes to a table, before it becomes active
 * @t: a table with zones, on which no I/O is under way
 *
 * Does nothing where all targets do zone appends themselves. Otherwise reads where
 * the zones are written, and keeps account of it from then on in @t->zone_writes.
 *
 * Context: may sleep. Return: 0 or a negative errno.
 */
int dm_zone_writes_create(struct dm_table *t);

/**
 * dm_zone_writes_destroy() - undo dm_zone_writes_create()
 * @t: a table, on which no I/O is under way
 */
void dm_zone_writes_destroy(struct dm_table *t);

/**
 * dm_zone_write() - send what writes to a zone, after all before it
 * @t: a table with @t->zone_writes, pinned by the count
 * @bio: a bio that is counted
 * @may_wait: see dm_io_route()
 *
 * Return: false for what writes to no zone that is written in sequence, or has
 * been here before; the caller sends it on.
 */
bool dm_zone_write(struct dm_table *t, struct bio *bio, bool may_wait);

/**
 * dm_zone_write_held() - does a bio stand for the one write under way in its zone?
 * @bio: a bio
 *
 * What came before it is done, and what comes after it waits, counted: it must
 * not wait for a gate to open.
 */
bool dm_zone_write_held(const struct bio *bio);

#else

static inline void dm_zone_reset_all(struct mapped_device *md, struct dm_table *t,
				     struct bio *bio, bool may_wait)
{
}

static inline void dm_zone_append_end(struct bio *bio, const struct bio *done)
{
}

static inline int dm_zone_writes_create(struct dm_table *t)
{
	return 0;
}

static inline void dm_zone_writes_destroy(struct dm_table *t)
{
}

static inline bool dm_zone_write(struct dm_table *t, struct bio *bio, bool may_wait)
{
	return false;
}

static inline bool dm_zone_write_held(const struct bio *bio)
{
	return false;
}

#endif

#endif

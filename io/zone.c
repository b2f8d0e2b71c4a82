// SPDX-License-Identifier: GPL-2.0
/* Reports of zones, and resetting all of them. See include/zone.h. */
#include <linux/bitmap.h>
#include <linux/blkdev.h>
#include <linux/export.h>

#include "device.h"
#include "io.h"
#include "table.h"
#include "zone.h"

bool dm_zone_remap(struct blk_zone *zone, const struct dm_target *ti, sector_t start)
{
	sector_t down = start - ti->begin;

	/* the disk has more than the target maps */
	if (zone->start >= start + ti->len)
		return false;

	if (zone->type != BLK_ZONE_TYPE_CONVENTIONAL) {
		switch (zone->cond) {
		case BLK_ZONE_COND_EMPTY:
			zone->wp = zone->start - down;
			break;
		case BLK_ZONE_COND_FULL:
			/* a disk need not say where it is then */
			zone->wp = zone->start - down + zone->len;
			break;
		default:
			zone->wp -= down;
		}
	}
	zone->start -= down;
	return true;
}

/* A zone of a disk below, on its way to whom it is reported to. */
static int zone_pass(struct blk_zone *zone, unsigned int idx, void *data)
{
	struct dm_report_zones_args *args = data;

	if (!dm_zone_remap(zone, args->tgt, args->start))
		return 0;
	args->next_sector = zone->start + zone->len;
	return args->orig_cb(zone, args->zone_idx++, args->orig_data);
}

/**
 * dm_report_zones() - for ->report_zones of targets: zones of a disk below
 * @bdev: the disk
 * @start: where the target begins there
 * @sector: where on the disk to begin
 * @args: as the target got them
 * @nr_zones: how many at most
 *
 * Context: may sleep. Return: how many the disk reported, or a negative errno.
 */
int dm_report_zones(struct block_device *bdev, sector_t start, sector_t sector,
		    struct dm_report_zones_args *args, unsigned int nr_zones)
{
	args->start = start;
	return blkdev_report_zones(bdev, sector, nr_zones, zone_pass, args);
}
EXPORT_SYMBOL_GPL(dm_report_zones);

int dm_zone_report(struct dm_table *t, sector_t sector, unsigned int nr_zones,
		   report_zones_cb cb, void *data)
{
	struct dm_report_zones_args args = {
		.next_sector = sector,
		.orig_cb = cb,
		.orig_data = data,
	};
	sector_t size = dm_table_get_size(t), from;
	int r;

	while (args.zone_idx < nr_zones && args.next_sector < size) {
		from = args.next_sector;
		args.tgt = dm_table_find(t, from);
		if (!args.tgt || !args.tgt->type->report_zones)
			return -EIO;
		r = args.tgt->type->report_zones(args.tgt, &args, nr_zones - args.zone_idx);
		if (r < 0)
			return r;
		/* a target that reports nothing would be asked for ever */
		if (args.next_sector <= from)
			return -EIO;
	}
	return args.zone_idx;
}

int dm_zone_report_disk(struct gendisk *disk, sector_t sector, unsigned int nr_zones,
			report_zones_cb cb, void *data)
{
	struct mapped_device *md = disk->private_data;
	struct dm_table *t;
	int r;

	preempt_disable();
	t = dm_gate_enter(md);
	preempt_enable();
	if (!t)
		return READ_ONCE(md->gate) ? -EAGAIN : -EIO;
	r = dm_zone_report(t, sector, nr_zones, cb, data);
	dm_inflight_finish(&md->inflight);
	return r;
}

void dm_zone_append_end(struct bio *bio, const struct bio *done)
{
	sector_t mask = bdev_zone_sectors(bio->bi_bdev) - 1;

	bio->bi_iter.bi_sector += done->bi_iter.bi_sector & mask;
}

/* Send a request of our own on behalf of @bio. */
static void reset_send(struct mapped_device *md, struct dm_target *ti, struct bio *bio,
		       enum req_op op, sector_t sector)
{
	struct bio *reset = bio_alloc(bio->bi_bdev, 0, op | REQ_SYNC, GFP_NOIO);

	reset->bi_iter.bi_sector = sector;
	bio_clone_blkg_association(reset, bio);
	bio_chain(reset, bio);
	/* the count of the whole keeps the gate from having been passed */
	dm_inflight_start(&md->inflight);
	if (ti->table->zone_writes && dm_zone_write(ti->table, reset, true))
		return;
	if (!dm_clone_send(md, ti, reset, 0, 1, true))
		dm_io_end(md, reset, BLK_STS_RESOURCE);
}

/* What a request for all of a disk would reset; the others may not be reset. */
static int reset_wanted(struct blk_zone *zone, unsigned int idx, void *data)
{
	switch (zone->cond) {
	case BLK_ZONE_COND_NOT_WP:
	case BLK_ZONE_COND_EMPTY:
	case BLK_ZONE_COND_READONLY:
	case BLK_ZONE_COND_OFFLINE:
		return 0;
	default:
		__set_bit(idx, data);
		return 0;
	}
}

static blk_status_t reset_each(struct mapped_device *md, struct dm_table *t, struct bio *bio)
{
	unsigned int nr = dm_table_zones(t), i;
	unsigned long *wanted;
	sector_t sector;
	int r;

	wanted = bitmap_zalloc(nr, GFP_NOIO);
	if (!wanted)
		return BLK_STS_RESOURCE;
	r = dm_zone_report(t, 0, nr, reset_wanted, wanted);
	if (r >= 0) {
		for_each_set_bit(i, wanted, nr) {
			sector = (sector_t)i * t->zone_sectors;
			reset_send(md, dm_table_find(t, sector), bio, REQ_OP_ZONE_RESET, sector);
			cond_resched();
		}
	}
	bitmap_free(wanted);
	return r < 0 ? errno_to_blk_status(r) : BLK_STS_OK;
}

static int is_whole_disk(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			 sector_t len, void *data)
{
	/* more than one disk, or a part of one */
	if (*(bool *)data || start || len != ti->len || len != bdev_nr_sectors(dev->bdev))
		return 1;
	*(bool *)data = true;
	return 0;
}

void dm_zone_reset_all(struct mapped_device *md, struct dm_table *t, struct bio *bio,
		       bool may_wait)
{
	struct dm_target *ti = t->targets;
	blk_status_t status = BLK_STS_OK;
	bool whole = false;

	if (!may_wait) {
		dm_defer_starved(md, bio);
		return;
	}
	if (t->num_targets == 1 && !t->zone_writes &&
	    !ti->type->iterate_devices(ti, is_whole_disk, &whole) && whole)
		reset_send(md, ti, bio, REQ_OP_ZONE_RESET_ALL, 0);
	else
		status = reset_each(md, t, bio);
	dm_io_end(md, bio, status);
}

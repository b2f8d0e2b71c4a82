// SPDX-License-Identifier: GPL-2.0
/* Where bios come in, and which way they take. See include/io.h. */
#include <linux/blk-integrity.h>
#include <linux/blkdev.h>

#include "compat/acct.h"
#include "compat/target.h"
#include "device.h"
#include "io.h"
#include "split.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "core"

void dm_io_end(struct mapped_device *md, struct bio *bio, blk_status_t status)
{
	dm_inflight_finish(&md->inflight);
	if (status)
		bio->bi_status = status;
	bio_endio(bio);
}

/* A device below turned out not to do what its limits promise. */
void dm_io_op_lost(struct mapped_device *md, enum req_op op, struct request_queue *q)
{
	struct queue_limits *below = &q->limits, *own = &md->disk->queue->limits;

	switch (op) {
	case REQ_OP_DISCARD:
		if (!below->max_discard_sectors)
			own->max_discard_sectors = 0;
		break;
	case REQ_OP_WRITE_ZEROES:
		if (!below->max_write_zeroes_sectors)
			own->max_write_zeroes_sectors = 0;
		break;
	default:
		break;
	}
}

void dm_io_feature_lost(struct mapped_device *md, struct bio *bio)
{
	if (bio->bi_bdev)
		dm_io_op_lost(md, bio_op(bio), bdev_get_queue(bio->bi_bdev));
}

/*
 * How many clones a target wants of a bio. Return false for operations of
 * which it may want several or none, which also ignore its size limit.
 */
static bool op_is_plain(const struct dm_target *ti, struct bio *bio, unsigned int *count)
{
	switch (bio_op(bio)) {
	case REQ_OP_DISCARD:
		*count = ti->num_discard_bios;
		return false;
	case REQ_OP_SECURE_ERASE:
		*count = ti->num_secure_erase_bios;
		return false;
	case REQ_OP_WRITE_ZEROES:
		*count = ti->num_write_zeroes_bios;
		return false;
	case REQ_OP_ZONE_RESET_ALL:
		/* one for each zone, or for all of a disk */
		*count = 0;
		return false;
	default:
		*count = 1;
		return true;
	}
}

/*
 * The terminal path: the bio ends where it stands. Return false where it
 * must take the clone path.
 */
static bool route_terminal(struct mapped_device *md, struct dm_target *ti, struct bio *bio)
{
	const struct dm_type_ops *ops = dm_table_slot(ti)->type->ops;
	struct block_device *bdev = bio->bi_bdev;
	unsigned int sectors = bio_sectors(bio);
	sector_t sector = bio->bi_iter.bi_sector;
	enum req_op op = bio_op(bio);
	struct dm_stats_io stats;
	blk_status_t status = BLK_STS_OK;
	unsigned long start = jiffies;

	if (likely(!ops || !ops->end) || bio_end_sector(bio) > ti->begin + ti->len)
		return false;
	if (!ops->end(ti, bio, &status))
		return false;
	if (status)
		goto out;
	dm_compat_acct_start(bdev, sectors, op, start);
	if (dm_stats_start(&md->stats, &stats, op, sector, sectors, start))
		dm_stats_end(&md->stats, &stats, op, sector, start);
	dm_compat_acct_end(bdev, sectors, op, start);
out:
	dm_io_end(md, bio, status);
	return true;
}

/* A flush. Return false where only memory is missing. */
static bool route_flush(struct mapped_device *md, struct dm_table *t, struct bio *bio,
			bool may_wait)
{
	if (!t->no_flush)
		return dm_clone_send_flush(md, t, bio, may_wait);

	/* nobody below to tell: what is left is a write, if anything */
	bio->bi_opf &= ~REQ_PREFLUSH;
	if (!bio_sectors(bio)) {
		dm_io_end(md, bio, BLK_STS_OK);
		return true;
	}
	dm_io_route(md, t, bio, may_wait);
	return true;
}

void dm_io_route(struct mapped_device *md, struct dm_table *t, struct bio *bio, bool may_wait)
{
	struct dm_target *ti;
	unsigned int count;
	sector_t offset, len;
	bool sent;

	/* it waited, and the table that its integrity data were for is gone */
	if (unlikely((bio->bi_opf & REQ_INTEGRITY) && !blk_get_integrity(md->disk))) {
		dm_io_end(md, bio, BLK_STS_NOTSUPP);
		return;
	}
	if (unlikely(bio->bi_opf & REQ_PREFLUSH)) {
		sent = route_flush(md, t, bio, may_wait);
		goto out;
	}

	ti = dm_table_find(t, bio->bi_iter.bi_sector);
	if (unlikely(!ti)) {
		dm_io_end(md, bio, BLK_STS_IOERR);
		return;
	}
	if (route_terminal(md, ti, bio))
		return;

	offset = dm_target_offset(ti, bio->bi_iter.bi_sector);
	if (likely(op_is_plain(ti, bio, &count))) {
		len = dm_split_len(offset, ti->len, ti->max_io_len,
				   queue_max_sectors(md->disk->queue), bio_sectors(bio));
	} else {
		if (unlikely(bio_op(bio) == REQ_OP_ZONE_RESET_ALL)) {
			dm_zone_reset_all(md, t, bio, may_wait);
			return;
		}
		if (!count) {
			dm_io_end(md, bio, BLK_STS_NOTSUPP);
			return;
		}
		/*
		 * Who issues a discard keeps to no limit of the device, and that
		 * limit may be one which an administrator has set.
		 */
		bio = bio_split_to_limits(bio);
		if (unlikely(!bio)) {
			dm_inflight_finish(&md->inflight);
			return;
		}
		len = dm_split_len(offset, ti->len, dm_compat_discard_granularity(ti, bio), 0,
				   bio_sectors(bio));
	}
	sent = dm_clone_send(md, ti, bio, len, count, may_wait);
out:
	if (likely(sent))
		return;
	if (bio->bi_opf & REQ_NOWAIT)
		dm_io_end(md, bio, BLK_STS_AGAIN);
	else if (may_wait)
		/* waiting did not help: what a clone inherits was refused */
		dm_io_end(md, bio, BLK_STS_RESOURCE);
	else
		dm_defer_starved(md, bio);
}

/* The gate is closed, or there is no table. Return true to look again. */
static bool submit_refused(struct mapped_device *md, struct bio *bio)
{
	unsigned int gate = READ_ONCE(md->gate);

	if (gate & DM_GATE_DEAD) {
		bio_io_error(bio);
	} else if (!rcu_access_pointer(md->active)) {
		/* also while suspended: there is nothing it could wait for */
		DMERR_LIMIT("%s: mapping table unavailable, erroring io", dm_device_name(md));
		bio_io_error(bio);
	} else if (!gate) {
		return true;
	} else if (bio->bi_opf & REQ_NOWAIT) {
		bio_wouldblock_error(bio);
	} else if (bio->bi_opf & REQ_RAHEAD) {
		/* nobody misses it */
		bio_io_error(bio);
	} else {
		return !dm_defer_gated(md, bio);
	}
	return false;
}

void dm_io_submit(struct bio *bio)
{
	struct mapped_device *md = bio->bi_bdev->bd_disk->private_data;
	struct dm_table *t;

	for (;;) {
		preempt_disable();
		t = dm_gate_enter(md);
		preempt_enable();
		if (likely(t))
			break;
		if (!submit_refused(md, bio))
			return;
	}
	if (likely(t->in_place) && likely(dm_in_place_send(md, t, bio)))
		return;
	/* the other ways leave nothing for bio_poll() to look at */
	if (unlikely(bio->bi_opf & REQ_POLLED))
		bio_clear_polled(bio);
	if (unlikely(t->zone_writes) && dm_zone_write(t, bio, false))
		return;
	dm_io_route(md, t, bio, false);
}

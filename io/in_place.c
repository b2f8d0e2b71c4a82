// SPDX-License-Identifier: GPL-2.0
/*
 * The in-place path: the caller's own bio is remapped and sent on. For targets
 * of a built-in type that only remap, see struct dm_type_ops.
 *
 * A bio that is one contiguous piece below goes with a hook (include/hook.h).
 * One that is several goes as parts, a clone each with a completion that does
 * little; the bio itself then stays here and ends with the last part.
 *
 * What does not come this way:
 *  - A bio that others are chained to. It ends only when they have ended, and
 *    one of them may come to this device later and find the gate closed: a
 *    suspend would wait for the first, which waits for the other, which waits
 *    for the resume. The clone path counts a bio only as long as its own I/O.
 *  - What has integrity data of the layer above, whose sectors would have to be
 *    changed; and whatever the target has to see (zones).
 *  - I/O of a device with regions of statistics, which remember more than a
 *    hook has room for.
 */
#include <linux/blkdev.h>
#include <trace/events/block.h>

#include "compat/acct.h"
#include "device.h"
#include "hook.h"
#include "io.h"
#include "table.h"

/* Where a piece goes. */
struct place {
	struct dm_target *ti;
	struct dm_remap to;
};

/* An operation on sectors that has no data. */
static bool op_is_extent(enum req_op op)
{
	return op != REQ_OP_READ && op != REQ_OP_WRITE;
}

/* Does the target want such an operation at all? */
static bool extent_wanted(const struct dm_target *ti, enum req_op op)
{
	switch (op) {
	case REQ_OP_DISCARD:
		return ti->num_discard_bios;
	case REQ_OP_SECURE_ERASE:
		return ti->num_secure_erase_bios;
	case REQ_OP_WRITE_ZEROES:
		return ti->num_write_zeroes_bios;
	default:
		return false;
	}
}

/* How many of the first sectors of a bio are one piece below; 0: not in place. */
static sector_t place_find(struct dm_table *t, struct bio *bio, struct place *p)
{
	sector_t sector = bio->bi_iter.bi_sector, want = bio_sectors(bio), offset, len;
	unsigned int i = dm_search_find(&t->search, sector);
	bool extent = op_is_extent(bio_op(bio));
	const struct dm_table_slot *slot;
	const struct dm_type_ops *ops;

	if (unlikely(i >= t->num_targets))
		return 0;
	p->ti = &t->targets[i];
	slot = &t->slots[i];
	if (unlikely(extent) && !extent_wanted(p->ti, bio_op(bio)))
		return 0;
	offset = sector - p->ti->begin;
	len = min(want, p->ti->len - offset);
	if (likely(slot->flat.bdev)) {
		p->to.bdev = slot->flat.bdev;
		p->to.sector = slot->flat.sector + offset;
		return len;
	}
	ops = slot->type->ops;
	if (!ops || !ops->remap)
		return 0;
	len = ops->remap(p->ti, offset, len, &p->to);
	/* the clone path makes fewer of an extent: one for each device below */
	return extent && len < want ? 0 : len;
}

/* An I/O that went below for @ti has failed; @bio is as it came from there. */
static void sent_failed(struct mapped_device *md, struct dm_target *ti, struct bio *bio)
{
	const struct dm_type_ops *ops = dm_table_slot(ti)->type->ops;

	if (bio->bi_status == BLK_STS_TARGET || bio->bi_status == BLK_STS_NOTSUPP)
		dm_io_feature_lost(md, bio);
	if (ops->failed)
		ops->failed(ti, bio);
}

static void whole_endio(struct bio *bio)
{
	struct dm_hook *h = bio->bi_private;
	struct block_device *bdev = h->bdev;
	struct mapped_device *md = bdev->bd_disk->private_data;

	if (unlikely(bio->bi_status))
		sent_failed(md, h->ti, bio);
	if (likely(h->accounted))
		dm_compat_acct_end(bdev, h->iter.bi_size >> SECTOR_SHIFT, bio_op(bio), h->start);
	bio->bi_bdev = bdev;
	bio->bi_end_io = h->end_io;
	bio->bi_private = h->private;
	bio->bi_iter = h->iter;
	bio->bi_opf &= ~(__force blk_opf_t)h->added;
	/* what the disk below has noted is not true of the device above */
	bio_clear_flag(bio, BIO_REMAPPED);
	bio_clear_flag(bio, BIO_QOS_THROTTLED);
	bio_clear_flag(bio, BIO_QOS_MERGED);
	dm_hook_free(&md->hooks, h);

	/* what bio_endio() would do, had it been the bio's own end */
	if (trace_block_bio_complete_enabled())
		trace_block_bio_complete(bdev_get_queue(bdev), bio);
	dm_inflight_finish(&md->inflight);
	if (bio->bi_end_io)
		bio->bi_end_io(bio);
}

/* Send the bio itself. Return false without memory. */
static bool whole_send(struct mapped_device *md, struct bio *bio, const struct place *p)
{
	sector_t sector = bio->bi_iter.bi_sector;
	struct block_device *bdev = bio->bi_bdev;
	struct dm_hook *h;

	h = dm_hook_alloc(&md->hooks, bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO);
	if (unlikely(!h))
		return false;
	h->ti = p->ti;
	h->bdev = bdev;
	h->end_io = bio->bi_end_io;
	h->private = bio->bi_private;
	h->start = jiffies;
	h->iter = bio->bi_iter;
	h->added = 0;
	h->accounted = dm_compat_acct_wanted(bdev);
	if (likely(h->accounted)) {
		/* a flush with data counts twice, see io/account.c */
		if (unlikely(bio->bi_opf & REQ_PREFLUSH) && bio_sectors(bio)) {
			dm_compat_acct_start(bdev, 0, bio_op(bio), h->start);
			dm_compat_acct_end(bdev, 0, bio_op(bio), h->start);
		}
		dm_compat_acct_start(bdev, bio_sectors(bio), bio_op(bio), h->start);
	}
	if (unlikely(bio->bi_opf & REQ_PREFLUSH) && !bio_sectors(bio)) {
		h->added = (__force u32)(DM_FLUSH_HINTS & ~bio->bi_opf);
		bio->bi_opf |= DM_FLUSH_HINTS;
	}

	bio->bi_end_io = whole_endio;
	bio->bi_private = h;
	bio->bi_iter.bi_sector = p->to.sector;
	/* below it counts, and is traced, as any other bio */
	bio_clear_flag(bio, BIO_TRACE_COMPLETION);
	bio_clear_flag(bio, BIO_CGROUP_ACCT);
	bio_set_dev(bio, p->to.bdev);
	trace_block_bio_remap(bio, disk_devt(md->disk), sector);
	submit_bio_noacct(bio);
	return true;
}

static void part_endio(struct bio *bio)
{
	struct dm_clone *c = dm_clone_of(bio);
	struct mapped_device *md = c->md;
	struct bio *orig = c->orig;
	blk_status_t status = bio->bi_status;

	if (unlikely(status)) {
		sent_failed(md, c->ti, bio);
		cmpxchg(&orig->bi_status, BLK_STS_OK, status);
	}
	if (test_bit(DM_CLONE_COUNTED, &c->flags))
		dm_compat_acct_end(md->disk->part0, c->len, bio_op(bio), c->start);
	dm_clone_free(c);
	dm_inflight_finish(&md->inflight);
	bio_endio(orig);
}

/* Send the first @len sectors of @bio, which is counted. Return false without memory. */
static bool part_send(struct mapped_device *md, struct bio *bio, sector_t len,
		      const struct place *p, gfp_t gfp)
{
	struct dm_clone *c = dm_clone_alloc(md, p->ti, bio, p->to.bdev, gfp);
	struct bio *part;

	if (unlikely(!c))
		return false;
	part = &c->bio;
	c->len = len;
	c->orig = bio;
	c->start = jiffies;
	part->bi_iter.bi_size = to_bytes(len);
	if (len < bio_sectors(bio))
		trace_block_split(part, bio->bi_iter.bi_sector + len);
	bio_advance(bio, to_bytes(len));
	bio_inc_remaining(bio);
	/* the count of the whole keeps the gate from having been passed */
	dm_inflight_start(&md->inflight);
	if (dm_compat_acct_wanted(md->disk->part0)) {
		__set_bit(DM_CLONE_COUNTED, &c->flags);
		dm_compat_acct_start(md->disk->part0, len, bio_op(bio), c->start);
	}
	part->bi_end_io = part_endio;
	part->bi_iter.bi_sector = p->to.sector;
	trace_block_bio_remap(part, disk_devt(md->disk), c->sector);
	submit_bio_noacct(part);
	return true;
}

/*
 * Send a bio in parts. The first may wait for memory; the others may not, for
 * those before them are not on their way before ->submit_bio returns. What is
 * left then begins anew.
 */
static void parts_send(struct mapped_device *md, struct dm_table *t, struct bio *bio,
		       sector_t len, struct place *p)
{
	bool nowait = bio->bi_opf & REQ_NOWAIT;
	gfp_t gfp = nowait ? GFP_NOWAIT : GFP_NOIO;

	/* bio_poll() knows of one place to look for a bio */
	bio_clear_polled(bio);
	for (;;) {
		if (!part_send(md, bio, len, p, gfp)) {
			/* GFP_NOIO waits, but what a clone inherits may be refused */
			if (nowait || gfp == GFP_NOIO) {
				/* a part may have ended with an error of its own */
				cmpxchg(&bio->bi_status, BLK_STS_OK,
					nowait ? BLK_STS_AGAIN : BLK_STS_RESOURCE);
				dm_io_end(md, bio, BLK_STS_OK);
				return;
			}
			break;
		}
		if (!bio_sectors(bio)) {
			dm_io_end(md, bio, BLK_STS_OK);
			return;
		}
		gfp = GFP_NOWAIT | __GFP_NOWARN;
		len = place_find(t, bio, p);
		if (!len)
			break;
	}
	submit_bio_noacct(bio);
	dm_inflight_finish(&md->inflight);
}

/* Where an empty flush goes, or one whose data go to one place. */
static bool flush_place_find(struct dm_table *t, struct bio *bio, struct place *p)
{
	if (!t->flush_bdev)
		return false;
	if (bio_sectors(bio))
		return place_find(t, bio, p) == bio_sectors(bio);
	p->ti = t->targets;
	p->to.bdev = t->flush_bdev;
	p->to.sector = bio->bi_iter.bi_sector;
	return true;
}

bool dm_in_place_send(struct mapped_device *md, struct dm_table *t, struct bio *bio)
{
	struct place p;
	sector_t len;

	if (unlikely(bio_flagged(bio, BIO_CHAIN) || (bio->bi_opf & REQ_INTEGRITY) ||
		     dm_stats_active(&md->stats)))
		return false;
	if (unlikely(bio->bi_opf & REQ_PREFLUSH)) {
		if (!flush_place_find(t, bio, &p))
			return false;
	} else {
		len = place_find(t, bio, &p);
		if (unlikely(!len))
			return false;
		if (unlikely(op_is_extent(bio_op(bio)))) {
			/* as in dm_io_route(): the limits of the device hold for these */
			bio = bio_split_to_limits(bio);
			if (!bio) {
				dm_inflight_finish(&md->inflight);
				return true;
			}
		}
		if (len < bio_sectors(bio)) {
			parts_send(md, t, bio, len, &p);
			return true;
		}
	}
	/* only one that may not wait gets no memory */
	if (unlikely(!whole_send(md, bio, &p)))
		dm_io_end(md, bio, BLK_STS_AGAIN);
	return true;
}

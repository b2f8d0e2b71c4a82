// SPDX-License-Identifier: GPL-2.0
/*
 * Writes in order, and appends for targets that have none (they set
 * emulate_zone_append: encryption, for one, needs to know the sector first).
 *
 * An append becomes a write to where its zone is written up to. That is known
 * as long as one thing at a time is done to a zone: what writes, resets or
 * finishes it waits, in the order it came, until what came before has ended. What
 * waits is counted as I/O of the device, so that a drain waits for it as well and
 * finds every zone at rest.
 *
 * What is under way is not the bio of the layer above but a clone of it, for
 * others may be chained to that bio, and be waiting here themselves.
 *
 * After an error nobody knows where the zone is written up to. The disk is asked,
 * from a worker, before the next goes on.
 */
#include <linux/blkdev.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "device.h"
#include "io.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "zone"

/* Instead of a place, of zones that have none. */
#define WP_CONVENTIONAL	UINT_MAX	/* written anywhere, and in any order */
#define WP_NONE		(UINT_MAX - 1)	/* not written at all */
#define WP_UNKNOWN	(UINT_MAX - 2)	/* the disk has to be asked */

/* Under the lock. While it is busy @wp changes only on behalf of what is under way. */
struct written {
	unsigned int wp;		/* sectors from its start */
	bool busy;
	struct bio_list waiting;	/* counted */
};

struct dm_zone_writes {
	struct mapped_device *md;
	struct dm_table *table;
	spinlock_t lock;		/* innermost; taken from completions */
	struct bio_list ready;		/* under lock: counted; their zones are busy for them */
	struct work_struct work;
	struct bio_set bios;
	unsigned int shift;		/* from sectors to zones */
	unsigned int nr;
	struct written zone[];
};

/* What is under way in a zone. */
struct held {
	struct dm_zone_writes *zw;
	struct written *zone;
	struct bio *orig;		/* counted */
	sector_t start;
	unsigned int sectors;
	struct bio bio;			/* last: the bio_set allocates from here on */
};

static struct written *zone_of(struct dm_zone_writes *zw, const struct bio *bio)
{
	sector_t nr = bio->bi_iter.bi_sector >> zw->shift;

	return nr < zw->nr ? &zw->zone[nr] : NULL;
}

static sector_t zone_start(const struct dm_zone_writes *zw, const struct written *z)
{
	return (sector_t)(z - zw->zone) << zw->shift;
}

static unsigned int wp_of(const struct blk_zone *zone)
{
	if (zone->type == BLK_ZONE_TYPE_CONVENTIONAL)
		return WP_CONVENTIONAL;
	switch (zone->cond) {
	case BLK_ZONE_COND_EMPTY:
		return 0;
	case BLK_ZONE_COND_IMP_OPEN:
	case BLK_ZONE_COND_EXP_OPEN:
	case BLK_ZONE_COND_CLOSED:
		return zone->wp - zone->start;
	default:
		return WP_NONE;
	}
}

static int zone_learn(struct blk_zone *zone, unsigned int idx, void *data)
{
	struct written *z = data;

	z[idx].wp = wp_of(zone);
	return 0;
}

/* The zone is done with one: let the next have it. Return whether there is one. */
static void zone_next(struct dm_zone_writes *zw, struct written *z, unsigned int wp)
{
	struct bio *next;
	unsigned long irq;

	spin_lock_irqsave(&zw->lock, irq);
	z->wp = wp;
	next = bio_list_pop(&z->waiting);
	if (next)
		bio_list_add(&zw->ready, next);
	else
		z->busy = false;
	spin_unlock_irqrestore(&zw->lock, irq);
	if (next)
		queue_work(zw->md->wq, &zw->work);
}

/* Where a zone is written up to, now that this has ended. */
static unsigned int wp_after(const struct held *h)
{
	const struct dm_zone_writes *zw = h->zw;

	if (h->bio.bi_status)
		return WP_UNKNOWN;
	switch (bio_op(&h->bio)) {
	case REQ_OP_ZONE_RESET:
		return 0;
	case REQ_OP_ZONE_FINISH:
		return WP_NONE;
	default:
		return h->start - zone_start(zw, h->zone) + h->sectors;
	}
}

static void held_endio(struct bio *bio)
{
	struct held *h = container_of(bio, struct held, bio);
	struct dm_zone_writes *zw = h->zw;
	blk_status_t status = bio->bi_status;
	struct mapped_device *md = zw->md;
	struct bio *orig = h->orig;

	if (bio_op(orig) == REQ_OP_ZONE_APPEND && !status)
		orig->bi_iter.bi_sector = h->start;
	zone_next(zw, h->zone, wp_after(h));
	bio_put(bio);
	/* with the count of the original the table may go */
	dm_io_end(md, orig, status);
}

bool dm_zone_write_held(const struct bio *bio)
{
	return bio->bi_end_io == held_endio;
}

/* Send @orig, which is the one to be under way in a zone. */
static void zone_run(struct dm_zone_writes *zw, struct written *z, struct bio *orig, bool may_wait)
{
	bool append = bio_op(orig) == REQ_OP_ZONE_APPEND;
	blk_status_t status = BLK_STS_IOERR;
	struct mapped_device *md = zw->md;
	unsigned int wp = z->wp;
	struct held *h;
	struct bio *bio;
	gfp_t gfp;

	/* larger than any zone, where it is no place */
	if (append && wp + (u64)bio_sectors(orig) > 1ULL << zw->shift)
		goto bad;
	gfp = !may_wait && (orig->bi_opf & REQ_NOWAIT) ? GFP_NOWAIT | __GFP_NOWARN : GFP_NOIO;
	bio = bio_alloc_clone(orig->bi_bdev, orig, gfp, &zw->bios);
	if (!bio) {
		status = gfp == GFP_NOIO ? BLK_STS_RESOURCE : BLK_STS_AGAIN;
		goto bad;
	}
	bio_clone_blkg_association(bio, orig);
	bio->bi_ioprio = orig->bi_ioprio;
	bio->bi_opf &= ~(REQ_POLLED | REQ_ALLOC_CACHE);
	if (may_wait)
		bio->bi_opf &= ~REQ_NOWAIT;
	if (append) {
		bio->bi_opf = (bio->bi_opf & ~REQ_OP_MASK) | REQ_OP_WRITE | REQ_NOMERGE;
		bio->bi_iter.bi_sector = zone_start(zw, z) + wp;
	}
	bio->bi_end_io = held_endio;
	h = container_of(bio, struct held, bio);
	h->zw = zw;
	h->zone = z;
	h->orig = orig;
	h->start = bio->bi_iter.bi_sector;
	h->sectors = bio_sectors(bio);

	/* a count of its own: that of the original lasts until the zone is free */
	dm_inflight_start(&md->inflight);
	dm_io_route(md, zw->table, bio, may_wait);
	return;
bad:
	zone_next(zw, z, wp);
	dm_io_end(md, orig, status);
}

static void writes_work(struct work_struct *work)
{
	struct dm_zone_writes *zw = container_of(work, struct dm_zone_writes, work);
	struct bio_list todo;
	struct bio *bio;
	struct written *z;

	spin_lock_irq(&zw->lock);
	todo = zw->ready;
	bio_list_init(&zw->ready);
	spin_unlock_irq(&zw->lock);
	/* with the last one's count the table, and all this, may go */
	while ((bio = bio_list_pop(&todo))) {
		z = zone_of(zw, bio);
		if (z->wp == WP_UNKNOWN)
			/* if this fails an append does, and the disk judges a write */
			dm_zone_report(zw->table, zone_start(zw, z), 1, zone_learn, z);
		zone_run(zw, z, bio, true);
	}
}

/* Does this change where a zone is written up to, or depend on it? */
static bool op_is_ordered(const struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_WRITE:
		/* not an empty flush */
		return bio_sectors(bio);
	case REQ_OP_WRITE_ZEROES:
	case REQ_OP_ZONE_APPEND:
	case REQ_OP_ZONE_RESET:
	case REQ_OP_ZONE_FINISH:
		return true;
	default:
		return false;
	}
}

/*
 * Cut a bio where its zone ends; the rest comes here anew. Return what is to go on,
 * or NULL where the bio has ended.
 */
static struct bio *write_cut(struct dm_zone_writes *zw, struct bio *bio)
{
	gfp_t gfp = bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;
	sector_t zone = 1ULL << zw->shift, room;
	struct bio *front;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES) {
		bio = bio_split_to_limits(bio);
		if (!bio) {
			dm_inflight_finish(&zw->md->inflight);
			return NULL;
		}
	}
	room = zone - (bio->bi_iter.bi_sector & (zone - 1));
	if (likely(bio_sectors(bio) <= room))
		return bio;
	front = bio_op(bio) == REQ_OP_ZONE_APPEND ? NULL :
		bio_split(bio, room, gfp, &zw->md->disk->bio_split);
	if (IS_ERR_OR_NULL(front)) {
		dm_io_end(zw->md, bio, bio->bi_opf & REQ_NOWAIT ? BLK_STS_AGAIN : BLK_STS_IOERR);
		return NULL;
	}
	bio_chain(front, bio);
	submit_bio_noacct(bio);
	return front;
}

bool dm_zone_write(struct dm_table *t, struct bio *bio, bool may_wait)
{
	struct dm_zone_writes *zw = t->zone_writes;
	struct written *z = zone_of(zw, bio);
	unsigned long irq;
	bool run = false;

	if (!op_is_ordered(bio) || !z || dm_zone_write_held(bio))
		return false;
	/* of one kind for ever */
	if (READ_ONCE(z->wp) == WP_CONVENTIONAL) {
		if (bio_op(bio) != REQ_OP_ZONE_APPEND)
			return false;
		dm_io_end(zw->md, bio, BLK_STS_IOERR);
		return true;
	}
	bio = write_cut(zw, bio);
	if (!bio)
		return true;

	spin_lock_irqsave(&zw->lock, irq);
	if (z->busy) {
		bio_list_add(&z->waiting, bio);
	} else {
		z->busy = true;
		run = z->wp != WP_UNKNOWN;
		if (!run) {
			bio_list_add(&zw->ready, bio);
			queue_work(zw->md->wq, &zw->work);
		}
	}
	spin_unlock_irqrestore(&zw->lock, irq);
	if (run)
		zone_run(zw, z, bio, may_wait);
	return true;
}

static bool appends_wanted(const struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		if (t->targets[i].emulate_zone_append)
			return true;
	return false;
}

int dm_zone_writes_create(struct dm_table *t)
{
	unsigned int i, nr = dm_table_zones(t);
	struct dm_zone_writes *zw;
	int r;

	dm_zone_writes_destroy(t);
	if (!nr || !appends_wanted(t))
		return 0;
	zw = kvzalloc(struct_size(zw, zone, nr), GFP_KERNEL);
	if (!zw)
		return -ENOMEM;
	zw->md = t->md;
	zw->table = t;
	spin_lock_init(&zw->lock);
	INIT_WORK(&zw->work, writes_work);
	zw->shift = ilog2(t->zone_sectors);
	zw->nr = nr;
	for (i = 0; i < nr; i++) {
		zw->zone[i].wp = WP_UNKNOWN;
		bio_list_init(&zw->zone[i].waiting);
	}
	r = bioset_init(&zw->bios, BIO_POOL_SIZE, offsetof(struct held, bio), 0);
	if (r) {
		kvfree(zw);
		return r;
	}
	t->zone_writes = zw;
	/* everything that is written has to come this way */
	t->in_place = false;
	r = dm_zone_report(t, 0, nr, zone_learn, zw->zone);
	if (r >= 0 && r != nr)
		r = -EIO;
	if (r < 0) {
		DMERR("%s: zones cannot be read (%pe)", dm_device_name(t->md), ERR_PTR(r));
		dm_zone_writes_destroy(t);
		return r;
	}
	return 0;
}

void dm_zone_writes_destroy(struct dm_table *t)
{
	struct dm_zone_writes *zw = t->zone_writes;

	t->zone_writes = NULL;
	if (!zw)
		return;
	/* a worker may be about to return */
	flush_work(&zw->work);
	bioset_exit(&zw->bios);
	kvfree(zw);
}

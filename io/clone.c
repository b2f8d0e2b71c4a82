// SPDX-License-Identifier: GPL-2.0
/*
 * The clone path: every target that is not in place or terminal, with the
 * full contract of <linux/device-mapper.h>. See include/io.h for the objects.
 */
#include <linux/blk-integrity.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <trace/events/block.h>

#include "device.h"
#include "io.h"
#include "params.h"
#include "split.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "io"

/* An empty flush. */
#define FLUSH_OPF (REQ_OP_WRITE | REQ_PREFLUSH | DM_FLUSH_HINTS)

/* Target data lie in whole units of this in front of a clone. */
#define DATA_ALIGN 16

/* Free clones that a CPU keeps for a table. */
#define CLONES_MOST 16

static size_t data_pad(size_t data_size)
{
	return ALIGN(data_size, DATA_ALIGN);
}

static size_t front_pad(size_t data_size)
{
	return data_pad(data_size) + offsetof(struct dm_clone, bio);
}

/*
 * Keeps the slab of clones without target data, the most frequent, from being
 * destroyed with the last table that uses it: on 6.12 that takes grace periods.
 */
static struct bio_set slab_keeper;

int dm_clones_start(void)
{
	return bioset_init(&slab_keeper, 1, front_pad(0), 0);
}

void dm_clones_stop(void)
{
	bioset_exit(&slab_keeper);
}

int dm_clone_pool_init(struct dm_table *t)
{
	int r;

	/* piece_send_each() keeps one while it waits for another */
	t->clones_free = alloc_percpu(struct dm_freelist);
	if (!t->clones_free)
		return -ENOMEM;
	r = bioset_init(&t->clones, max(dm_get_reserved_bio_based_ios(), 2u),
			front_pad(t->per_io_data), 0);
	t->clones_ready = !r;
	return r;
}

static void clone_release(void *clone, void *context)
{
	struct dm_clone *c = clone;

	bio_put(&c->bio);
}

void dm_clone_pool_exit(struct dm_table *t)
{
	if (t->clones_free)
		dm_freelist_drain(t->clones_free, clone_release, NULL);
	free_percpu(t->clones_free);
	t->clones_free = NULL;
	if (t->clones_ready)
		bioset_exit(&t->clones);
	t->clones_ready = false;
}

void dm_clone_free(struct dm_clone *c)
{
	struct dm_table *t = c->ti->table;
	struct bio *bio = &c->bio;

	/* a target may hold it still, by bio_get() */
	if (likely(!bio_flagged(bio, BIO_REFFED) &&
		   dm_freelist_wants(t->clones_free, CLONES_MOST, &t->clones.bio_pool))) {
		bio_uninit(bio);
		dm_freelist_add(t->clones_free, c);
	} else {
		bio_put(bio);
	}
}

/* The piece has ended, all its clones and the submitter are through with it. */
static void piece_end(struct dm_clone *lead)
{
	struct mapped_device *md = lead->md;
	struct bio *orig = lead->orig;
	blk_status_t status = lead->status;

	dm_acct_end(lead);
	dm_clone_free(lead);

	if (unlikely(status == BLK_STS_DM_REQUEUE)) {
		/* what waits for this one is counted, and would hold up the suspend */
		if (!dm_zone_write_held(orig) && dm_defer_requeue(md, orig)) {
			dm_inflight_finish(&md->inflight);
			return;
		}
		/* pushed back while nothing is suspended: there is nowhere to go */
		status = BLK_STS_IOERR;
	}
	if (unlikely(orig->bi_opf & REQ_PREFLUSH) && !status && bio_sectors(orig)) {
		/* what comes now is a plain write, from where one may sleep */
		orig->bi_opf &= ~REQ_PREFLUSH;
		if (dm_zone_write_held(orig)) {
			dm_defer_starved(md, orig);
			return;
		}
		dm_defer_resubmit(md, orig);
		dm_inflight_finish(&md->inflight);
		return;
	}
	dm_io_end(md, orig, status);
}

static void piece_put(struct dm_clone *lead)
{
	if (atomic_dec_and_test(&lead->pending))
		piece_end(lead);
}

static void swap_release(struct dm_clone *c)
{
	if (test_and_clear_bit(DM_CLONE_SWAP, &c->flags))
		up(&c->md->swap_bios);
}

/* One clone has ended with @status. */
static void clone_finish(struct dm_clone *c, blk_status_t status)
{
	struct dm_clone *lead = c->lead;

	if (unlikely(status))
		cmpxchg(&lead->status, BLK_STS_OK, status);
	swap_release(c);
	if (c != lead)
		dm_clone_free(c);
	piece_put(lead);
}

static void clone_endio(struct bio *bio)
{
	struct dm_clone *c = dm_clone_of(bio);
	struct dm_target *ti = c->ti;
	blk_status_t status = bio->bi_status;
	int r;

	if (unlikely(status == BLK_STS_TARGET || status == BLK_STS_NOTSUPP))
		dm_io_feature_lost(c->md, bio);

	if (ti->type->end_io) {
		r = ti->type->end_io(ti, bio, &status);
		switch (r) {
		case DM_ENDIO_DONE:
			break;
		case DM_ENDIO_INCOMPLETE:
			/* the target completes it anew, later */
			return;
		case DM_ENDIO_REQUEUE:
		case DM_ENDIO_DELAY_REQUEUE:
			status = BLK_STS_DM_REQUEUE;
			break;
		default:
			WARN_ONCE(1, "dm target %s: end_io returned %d\n", ti->type->name, r);
			status = BLK_STS_IOERR;
		}
	}
	if (unlikely(bio_op(bio) == REQ_OP_ZONE_APPEND) && !status)
		dm_zone_append_end(c->lead->orig, bio);
	clone_finish(c, status);
}

static void clone_dispatch(struct dm_clone *c, struct bio *bio)
{
	dm_acct_start(c->lead);
	trace_block_bio_remap(bio, disk_devt(c->md->disk), c->sector);
	submit_bio_noacct(bio);
}

/* Hand a clone to its target, and do what the target says. */
static void clone_map(struct dm_clone *c)
{
	struct dm_clone *lead = c->lead;
	struct dm_target *ti = c->ti;
	struct bio *bio = &c->bio;
	int r;

	bio->bi_end_io = clone_endio;
	if (unlikely(ti->limit_swap_bios) && (bio->bi_opf & REQ_SWAP)) {
		down(&c->md->swap_bios);
		set_bit(DM_CLONE_SWAP, &c->flags);
	}
	r = ti->type->map(ti, bio);
	switch (r) {
	case DM_MAPIO_SUBMITTED:
		/*
		 * Only now is it known how much the target accepts. The clone may
		 * have ended, but its lead is still held for the submitter.
		 */
		if (likely(!ti->accounts_remapped_io))
			dm_acct_start(lead);
		break;
	case DM_MAPIO_REMAPPED:
		clone_dispatch(c, bio);
		break;
	case DM_MAPIO_KILL:
		clone_finish(c, BLK_STS_IOERR);
		break;
	case DM_MAPIO_REQUEUE:
	case DM_MAPIO_DELAY_REQUEUE:
		clone_finish(c, BLK_STS_DM_REQUEUE);
		break;
	default:
		WARN_ONCE(r > 0, "dm target %s: map returned %d\n", ti->type->name, r);
		clone_finish(c, r < 0 ? errno_to_blk_status(r) : BLK_STS_IOERR);
	}
}

/* What a bio out of the pool still lacks to be a clone of @orig. */
static struct dm_clone *clone_init(struct mapped_device *md, struct dm_target *ti,
				   struct bio *orig, struct block_device *bdev,
				   struct bio *bio)
{
	struct dm_clone *c;

	bio->bi_bdev = bdev;
	/* it belongs to the cgroup of the original, whoever submits it */
	bio_clone_blkg_association(bio, orig);
	bio->bi_ioprio = orig->bi_ioprio;
	/*
	 * A completion is looked for here, not where the clone goes; and our
	 * pool has none of the caches that REQ_ALLOC_CACHE puts a bio into.
	 */
	bio->bi_opf &= ~(REQ_POLLED | REQ_ALLOC_CACHE);

	c = dm_clone_of(bio);
	c->md = md;
	c->ti = ti;
	c->flags = 0;
	c->nr = 0;
	c->sector = orig->bi_iter.bi_sector;
	return c;
}

struct dm_clone *dm_clone_alloc(struct mapped_device *md, struct dm_target *ti,
				struct bio *orig, struct block_device *bdev, gfp_t gfp)
{
	struct dm_table *t = ti->table;
	struct dm_clone *c = dm_freelist_take(t->clones_free);
	struct bio *bio;

	if (likely(c)) {
		bool made;

		bio = &c->bio;
		made = !bio_init_clone(NULL, bio, orig, gfp);
		bio->bi_pool = &t->clones;
		if (likely(made))
			return clone_init(md, ti, orig, bdev, bio);
		/* an encryption context could not be had */
		bio->bi_opf = 0;
		dm_freelist_add(t->clones_free, c);
		return NULL;
	}
	bio = bio_alloc_clone(NULL, orig, gfp, &t->clones);
	return likely(bio) ? clone_init(md, ti, orig, bdev, bio) : NULL;
}

/* An empty flush on behalf of @orig. */
static struct dm_clone *clone_alloc_flush(struct mapped_device *md, struct dm_target *ti,
					  struct bio *orig, gfp_t gfp)
{
	struct bio *bio = bio_alloc_bioset(NULL, 0, FLUSH_OPF | (orig->bi_opf & REQ_NOWAIT),
					   gfp, &ti->table->clones);

	return likely(bio) ? clone_init(md, ti, orig, orig->bi_bdev, bio) : NULL;
}

static void clone_lead(struct dm_clone *c, struct bio *orig, unsigned int count)
{
	c->lead = c;
	__set_bit(DM_CLONE_LEAD, &c->flags);
	c->orig = orig;
	atomic_set(&c->pending, count + 1);
	c->status = BLK_STS_OK;
	c->start = jiffies;
}

/*
 * What the targets get of one piece: clone number 0 to count - 1, of which
 * @target says for whom the i-th is and under which number.
 */
struct piece {
	struct mapped_device *md;
	struct dm_table *table;
	struct dm_target *ti;		/* of an extent; NULL for a flush */
	struct bio *orig;
	unsigned int len;
	unsigned int count;
};

/* A place in a piece: the target, and the number of the bio within it. */
struct piece_cursor {
	unsigned int target;
	unsigned int nr;
};

static struct dm_target *piece_next(const struct piece *p, struct piece_cursor *at,
				    unsigned int *nr)
{
	if (p->ti) {
		*nr = at->nr++;
		return p->ti;
	}
	while (at->nr >= p->table->targets[at->target].num_flush_bios) {
		at->target++;
		at->nr = 0;
	}
	*nr = at->nr++;
	return &p->table->targets[at->target];
}

static struct dm_clone *piece_clone(const struct piece *p, struct piece_cursor *at, gfp_t gfp)
{
	unsigned int nr;
	struct dm_target *ti = piece_next(p, at, &nr);
	struct dm_clone *c;

	c = p->ti ? dm_clone_alloc(p->md, ti, p->orig, p->orig->bi_bdev, gfp) :
		    clone_alloc_flush(p->md, ti, p->orig, gfp);
	if (!c)
		return NULL;
	c->nr = nr;
	c->len = p->len;
	if (p->count > 1 || !p->ti)
		__set_bit(DM_CLONE_MANY, &c->flags);
	if (p->ti && p->len < bio_sectors(&c->bio))
		bio_trim(&c->bio, 0, p->len);
	return c;
}

/*
 * Make all clones first, without waiting, then map them; where one cannot be
 * had, none is mapped. Return the lead, still held for the submitter, or NULL.
 */
static struct dm_clone *piece_send_all(const struct piece *p)
{
	struct bio_list made = BIO_EMPTY_LIST;
	struct piece_cursor at = { };
	struct dm_clone *c, *lead = NULL;
	struct bio *bio;
	unsigned int i;

	for (i = 0; i < p->count; i++) {
		c = piece_clone(p, &at, GFP_NOWAIT | __GFP_NOWARN);
		if (!c)
			goto starved;
		if (!lead) {
			lead = c;
			clone_lead(lead, p->orig, p->count);
		}
		c->lead = lead;
		bio_list_add(&made, &c->bio);
	}
	while ((bio = bio_list_pop(&made)))
		clone_map(dm_clone_of(bio));
	return lead;

starved:
	while ((bio = bio_list_pop(&made)))
		dm_clone_free(dm_clone_of(bio));
	return NULL;
}

/*
 * Make and map one clone after the other, waiting for memory: each is on its
 * way before the next is waited for, so that those that end free the pool.
 * The lead alone stays, which is why the pool holds two at least.
 */
static struct dm_clone *piece_send_each(const struct piece *p, gfp_t gfp)
{
	struct piece_cursor at = { };
	struct dm_clone *c, *lead = NULL;
	unsigned int i;

	for (i = 0; i < p->count; i++) {
		c = piece_clone(p, &at, gfp);
		if (!c)
			break;
		if (!lead) {
			lead = c;
			clone_lead(lead, p->orig, p->count);
		}
		c->lead = lead;
		clone_map(c);
	}
	if (lead && i < p->count) {
		/* the pool waits, but what a clone inherits may be refused */
		cmpxchg(&lead->status, BLK_STS_OK, BLK_STS_RESOURCE);
		atomic_sub(p->count - i, &lead->pending);
	}
	return lead;
}

/* The usual case: one clone, which may be waited for wherever the caller is. */
static struct dm_clone *piece_send_one(struct mapped_device *md, struct dm_target *ti,
				       struct bio *orig, unsigned int len)
{
	gfp_t gfp = orig->bi_opf & REQ_NOWAIT ? GFP_NOWAIT | __GFP_NOWARN : GFP_NOIO;
	struct dm_clone *c = dm_clone_alloc(md, ti, orig, orig->bi_bdev, gfp);

	if (unlikely(!c))
		return NULL;
	c->len = len;
	if (len < bio_sectors(&c->bio))
		bio_trim(&c->bio, 0, len);
	clone_lead(c, orig, 1);
	clone_map(c);
	return c;
}

static struct dm_clone *piece_send(const struct piece *p, bool may_wait)
{
	if (may_wait && !(p->orig->bi_opf & REQ_NOWAIT))
		return piece_send_each(p, GFP_NOIO);
	return piece_send_all(p);
}

/*
 * The target took less than the bio: the rest goes the whole way again. Only
 * now is it known how much, because a target may accept a part.
 */
static struct bio *piece_split(struct dm_clone *lead)
{
	struct bio *orig = lead->orig, *front;
	gfp_t gfp = orig->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;

	front = bio_split(orig, lead->len, gfp, &lead->md->disk->bio_split);
	if (IS_ERR_OR_NULL(front)) {
		/* the whole fails once the front, which is under way, has ended */
		cmpxchg(&lead->status, BLK_STS_OK,
			orig->bi_opf & REQ_NOWAIT ? BLK_STS_AGAIN : BLK_STS_RESOURCE);
		return NULL;
	}
	bio_chain(front, orig);
	trace_block_split(front, orig->bi_iter.bi_sector);
	lead->orig = front;
	return orig;
}

bool dm_clone_send(struct mapped_device *md, struct dm_target *ti, struct bio *bio,
		   unsigned int len, unsigned int count, bool may_wait)
{
	struct bio *rest = NULL;
	struct dm_clone *lead;

	if (likely(count == 1)) {
		lead = piece_send_one(md, ti, bio, len);
	} else {
		const struct piece p = {
			.md = md, .ti = ti, .orig = bio, .len = len, .count = count,
		};

		lead = piece_send(&p, may_wait);
	}
	if (unlikely(!lead))
		return false;
	if (lead->len < bio_sectors(bio))
		rest = piece_split(lead);
	piece_put(lead);
	if (likely(!rest))
		return true;
	if (unlikely(dm_zone_write_held(rest))) {
		/* not past the gate: others are counted that wait for it */
		dm_inflight_start(&md->inflight);
		dm_defer_starved(md, rest);
	} else {
		submit_bio_noacct(rest);
	}
	return true;
}

bool dm_clone_send_flush(struct mapped_device *md, struct dm_table *t, struct bio *bio,
			 bool may_wait)
{
	struct piece p = { .md = md, .table = t, .orig = bio };
	struct dm_clone *lead;
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		p.count += t->targets[i].num_flush_bios;
	lead = piece_send(&p, may_wait);
	if (unlikely(!lead))
		return false;
	piece_put(lead);
	return true;
}

/* What <linux/device-mapper.h> offers to targets */

void *dm_per_bio_data(struct bio *bio, size_t data_size)
{
	return (void *)dm_clone_of(bio) - data_pad(data_size);
}
EXPORT_SYMBOL_GPL(dm_per_bio_data);

struct bio *dm_bio_from_per_bio_data(void *data, size_t data_size)
{
	struct dm_clone *c = data + data_pad(data_size);

	return &c->bio;
}
EXPORT_SYMBOL_GPL(dm_bio_from_per_bio_data);

unsigned int dm_bio_get_target_bio_nr(const struct bio *bio)
{
	return dm_clone_of(bio)->nr;
}
EXPORT_SYMBOL_GPL(dm_bio_get_target_bio_nr);

u64 dm_start_time_ns_from_clone(struct bio *bio)
{
	return jiffies_to_nsecs(dm_clone_of(bio)->lead->start);
}
EXPORT_SYMBOL_GPL(dm_start_time_ns_from_clone);

/**
 * dm_accept_partial_bio() - a target takes only the front of a bio
 * @bio: the clone it was given; not one of several for the same sectors
 * @n_sectors: how much it takes, not more than the bio has
 *
 * The rest comes to the target in a new call of its map function.
 *
 * Context: from the map function.
 */
void dm_accept_partial_bio(struct bio *bio, unsigned int n_sectors)
{
	struct dm_clone *c = dm_clone_of(bio);

	if (WARN_ON_ONCE(test_bit(DM_CLONE_MANY, &c->flags) || op_is_zone_mgmt(bio_op(bio)) ||
			 bio_op(bio) == REQ_OP_ZONE_APPEND || !n_sectors ||
			 n_sectors > bio_sectors(bio)))
		return;
	c->len = n_sectors;
	bio->bi_iter.bi_size = (unsigned int)to_bytes(n_sectors);
	if (bio_integrity(bio) && blk_get_integrity(bio->bi_bdev->bd_disk))
		bio_integrity_trim(bio);
}
EXPORT_SYMBOL_GPL(dm_accept_partial_bio);

/**
 * dm_submit_bio_remap() - a target submits what it had kept
 * @clone: the bio that the target's map function was given
 * @tgt_clone: the target's own bio to send in its place, or NULL
 *
 * For targets that set accounts_remapped_io: I/O accounting begins here.
 */
void dm_submit_bio_remap(struct bio *clone, struct bio *tgt_clone)
{
	clone_dispatch(dm_clone_of(clone), tgt_clone ?: clone);
}
EXPORT_SYMBOL_GPL(dm_submit_bio_remap);

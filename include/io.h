/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a bio through a mapped device.
 *
 * io/submit.c	entry: gate, table, count; which of the ways a bio takes
 * io/in_place.c the caller's own bio, remapped, for built-in types that only remap
 * io/clone.c	the clone path, with the contract that targets are given
 * io/defer.c	bios that wait: for a resume, for process context, for memory
 * io/account.c	/proc/diskstats
 *
 * Request-based devices get no bios here: see include/queue.h.
 */
#ifndef DM_IO_PATH_H
#define DM_IO_PATH_H

#include <linux/bio.h>
#include <linux/device-mapper.h>

#include "stats.h"

struct dm_table;
struct mapped_device;

/*
 * Flags for an empty flush. REQ_SYNC with REQ_IDLE keeps writeback throttling
 * from holding it back, which waits for writes that may wait for it
 * (CVE-2025-38063).
 */
#define DM_FLUSH_HINTS (REQ_SYNC | REQ_IDLE)

/* Bits of dm_clone.flags */
#define DM_CLONE_ACCOUNTED	0	/* lead: I/O accounting has begun */
#define DM_CLONE_LEAD		1	/* stands for the piece */
#define DM_CLONE_MANY		2	/* one of several for the same sectors */
#define DM_CLONE_SWAP		3	/* holds a unit of the swap limit */
#define DM_CLONE_STATS		4	/* lead: @stats is filled in */
#define DM_CLONE_COUNTED	5	/* lead: in the counts of the disk */

/**
 * struct dm_clone - a clone as given to a target, in front of its bio
 * @md: the device
 * @ti: the target it is for
 * @lead: the clone that stands for the piece; itself, mostly
 * @flags: above
 * @nr: number among the bios that a target gets for one request
 * @len: sectors that the target takes; dm_accept_partial_bio() lowers it
 * @sector: of the device, before mapping, for block traces
 *
 * In the lead alone:
 * @orig: the bio of the upper layer, or the front part that was split off it
 * @pending: clones not ended, and one for the submitter
 * @status: the first error
 * @start: when it came, in jiffies
 * @stats: what statistics remember of it
 *
 * A piece is what one pass over a bio sends to targets: one clone for normal
 * I/O, several for a flush or where a target asks for several. The lead's
 * memory lives until @pending is zero.
 *
 * The target's per-bio data lie directly in front of this struct.
 */
struct dm_clone {
	struct mapped_device *md;
	struct dm_target *ti;
	struct dm_clone *lead;
	unsigned long flags;
	unsigned int nr;
	unsigned int len;
	sector_t sector;

	struct bio *orig;
	atomic_t pending;
	blk_status_t status;
	unsigned long start;
	struct dm_stats_io stats;

	struct bio bio;		/* last: the bio_set allocates from here on */
};

/**
 * dm_clone_of() - the clone that a bio is the end of
 * @bio: a bio out of the pool of a table
 */
static inline struct dm_clone *dm_clone_of(const struct bio *bio)
{
	return container_of(bio, struct dm_clone, bio);
}

/* io/submit.c */
/**
 * dm_io_submit() - ->submit_bio of the disk
 * @bio: a bio of the upper layer; ends by bio_endio()
 *
 * Context: process context, may sleep unless REQ_NOWAIT.
 */
void dm_io_submit(struct bio *bio);

/**
 * dm_io_route() - send a bio that is counted on its way
 * @md: the device
 * @t: its table, pinned by the count
 * @bio: the bio
 * @may_wait: several clones may be waited for: not inside ->submit_bio
 */
void dm_io_route(struct mapped_device *md, struct dm_table *t, struct bio *bio, bool may_wait);

/**
 * dm_io_end() - a bio that is counted is done
 * @md: the device, which may be gone when this returns
 * @bio: the bio
 * @status: BLK_STS_OK or an error
 */
void dm_io_end(struct mapped_device *md, struct bio *bio, blk_status_t status);

/**
 * dm_io_feature_lost() - a device below does not do what its limits promised
 * @md: the device
 * @bio: what failed there with BLK_STS_TARGET or BLK_STS_NOTSUPP
 *
 * Turns discards or write-zeroes off above where they went off below.
 */
void dm_io_feature_lost(struct mapped_device *md, struct bio *bio);

/**
 * dm_io_op_lost() - the same, of a request
 * @md: the device
 * @op: the operation that failed
 * @q: the queue that it failed in
 */
void dm_io_op_lost(struct mapped_device *md, enum req_op op, struct request_queue *q);

/* io/in_place.c */
/**
 * dm_in_place_send() - send a bio in place, if it may go that way
 * @md: the device
 * @t: its table, pinned by the count, with a type that offers it
 * @bio: the bio
 *
 * Context: ->submit_bio. Return: false where the bio has to take another way;
 * nothing was done then.
 */
bool dm_in_place_send(struct mapped_device *md, struct dm_table *t, struct bio *bio);

/* io/clone.c */
/**
 * dm_clone_alloc() - a clone out of the pool of a table
 * @md: the device
 * @ti: the target it is for
 * @orig: the bio of the upper layer
 * @bdev: where it is to go
 * @gfp: GFP_NOIO or GFP_NOWAIT
 *
 * @len and what is the lead's is left to the caller.
 *
 * Return: the clone, or NULL.
 */
struct dm_clone *dm_clone_alloc(struct mapped_device *md, struct dm_target *ti,
				struct bio *orig, struct block_device *bdev, gfp_t gfp);

/**
 * dm_clone_free() - give back a clone that is not under way
 * @c: the clone
 *
 * Context: any but NMI; the clone's table is still counted as in use.
 */
void dm_clone_free(struct dm_clone *c);

/**
 * dm_clones_start() - what the pools of all tables share
 *
 * Tables work without it, only dearer to take down.
 *
 * Return: 0 or -ENOMEM.
 */
int dm_clones_start(void);
/** dm_clones_stop() - give it back */
void dm_clones_stop(void);

/**
 * dm_clone_pool_init() - the pool of clones of a table
 * @t: a table whose targets are all there
 *
 * Return: 0 or -ENOMEM.
 */
int dm_clone_pool_init(struct dm_table *t);
/** dm_clone_pool_exit() - free the pool; no clone is left @t: the table */
void dm_clone_pool_exit(struct dm_table *t);

/**
 * dm_clone_send() - send the first piece of a bio to its target
 * @md: the device
 * @ti: the target of its first sector
 * @bio: a bio with data or an extent
 * @len: sectors of the piece
 * @count: how many clones the target wants for it
 * @may_wait: see dm_io_route()
 *
 * What is left of the bio is submitted anew.
 *
 * Return: false where memory is short and the caller may not wait; nothing
 * was done then.
 */
bool dm_clone_send(struct mapped_device *md, struct dm_target *ti, struct bio *bio,
		   unsigned int len, unsigned int count, bool may_wait);

/**
 * dm_clone_send_flush() - send an empty flush to every target that wants one
 * @md: the device
 * @t: its table, in which a target does
 * @bio: a bio with REQ_PREFLUSH; its data follow once the flushes are done
 * @may_wait: see dm_io_route()
 *
 * Return: as dm_clone_send().
 */
bool dm_clone_send_flush(struct mapped_device *md, struct dm_table *t, struct bio *bio,
			 bool may_wait);

/* io/defer.c */
/**
 * dm_defer_gated() - keep a bio until the device is resumed
 * @md: the device
 * @bio: a bio that is not counted
 *
 * Return: false where the gate is open (again): the caller goes on.
 */
bool dm_defer_gated(struct mapped_device *md, struct bio *bio);

/**
 * dm_defer_requeue() - push back a bio while a no-flush suspend is under way
 * @md: the device
 * @bio: a bio that is counted
 *
 * Return: false where no such suspend is under way.
 */
bool dm_defer_requeue(struct mapped_device *md, struct bio *bio);

/**
 * dm_defer_resubmit() - have a bio submitted anew from the device's worker
 * @md: the device
 * @bio: the bio, still counted when this is called
 *
 * Context: any.
 */
void dm_defer_resubmit(struct mapped_device *md, struct bio *bio);

/**
 * dm_defer_starved() - go on with a bio from where memory can be waited for
 * @md: the device
 * @bio: a bio that is counted and stays so
 */
void dm_defer_starved(struct mapped_device *md, struct bio *bio);

/**
 * dm_defer_run() - the gate was opened: have what waits submitted
 * @md: the device
 */
void dm_defer_run(struct mapped_device *md);

/**
 * dm_defer_fail_all() - end all that waits with an error
 * @md: a dead device
 */
void dm_defer_fail_all(struct mapped_device *md);

/** dm_defer_work() - the worker of a device @work: its work item */
void dm_defer_work(struct work_struct *work);

/* io/account.c */
void dm_acct_start(struct dm_clone *lead);
void dm_acct_end(struct dm_clone *lead);

#endif

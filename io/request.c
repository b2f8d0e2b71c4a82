// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a request through a request-based device, see include/queue.h.
 *
 * The target is asked for a clone: a request of a queue below, still empty. It
 * gets clones of the bios and goes past the scheduler below, for ours has
 * done its work. As its bios end well, the bios of the original end; where one
 * fails, it and all behind it stay in the original, which the target may fail or
 * have put back into the queue. So what is tried again is what was not done.
 *
 * release_clone_rq() of a target is given the map_info of a clone that was never
 * sent: what the target did when it made the clone is to be undone. It is
 * given NULL for one that has ended: there the target was told by rq_end_io().
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <trace/events/block.h>

#include "device.h"
#include "io.h"
#include "params.h"
#include "queue.h"
#include "table.h"

#define DM_MSG_PREFIX "core-rq"

/* How long a request rests that a target cannot take now, in ms. */
#define REST 100

/**
 * struct dm_request - kept with each request; the target's data follow
 * @md: the device
 * @ti: the target that has it
 * @clone: what the target made of it; or NULL
 * @info: for the target
 * @status: the first error
 * @begun: it was given to a target before; what follows is set
 * @counted: @stats is filled in
 * @sector: where it began when it came
 * @start: when that was, in jiffies
 * @stats: what statistics remember of it
 */
struct dm_request {
	struct mapped_device *md;
	struct dm_target *ti;
	struct request *clone;
	union map_info info;
	blk_status_t status;
	bool begun;
	bool counted;
	sector_t sector;
	unsigned long start;
	struct dm_stats_io stats;
} __aligned(sizeof(u64));

/* A bio of a clone. */
struct dm_request_bio {
	struct request *rq;	/* the original */
	struct bio *orig;
	struct bio clone;	/* last: the bio_set allocates from here on */
};

size_t dm_request_size(void)
{
	return sizeof(struct dm_request);
}

int dm_request_pool_init(struct dm_table *t)
{
	int r = bioset_init(&t->clones, dm_reserved_rq_based_ios(),
			    offsetof(struct dm_request_bio, clone), 0);

	t->clones_ready = !r;
	return r;
}

/*
 * Statistics count a request once, however often it is put back: it began when it
 * came first. From then on nothing is merged with it.
 */
static void request_begin(struct dm_request *r, struct request *rq)
{
	if (r->begun)
		return;
	r->begun = true;
	r->sector = blk_rq_pos(rq);
	r->start = jiffies;
	r->counted = dm_stats_start(&r->md->stats, &r->stats, req_op(rq), r->sector,
				    blk_rq_sectors(rq), r->start);
}

static void request_forget(struct dm_request *r, struct request *rq)
{
	if (r->begun && r->counted)
		dm_stats_end(&r->md->stats, &r->stats, req_op(rq), r->sector, r->start);
	r->begun = false;
}

/* The clone has come back, and the target knows. */
static void clone_release(struct dm_request *r)
{
	if (!r->clone)
		return;
	blk_rq_unprep_clone(r->clone);
	r->ti->type->release_clone_rq(r->clone, NULL);
	r->clone = NULL;
}

/* The clone was not sent. */
static void clone_undo(struct dm_request *r)
{
	r->ti->type->release_clone_rq(r->clone, &r->info);
	r->clone = NULL;
}

static void request_end(struct dm_request *r, struct request *rq, blk_status_t status)
{
	struct mapped_device *md = r->md;

	clone_release(r);
	request_forget(r, rq);
	blk_mq_end_request(rq, status);
	/* a drain, and so the removal of the device, waits for this */
	dm_inflight_finish(&md->inflight);
}

/* Back into the queue, to be tried anew; some time later, or as soon as it may run. */
static void request_put_back(struct dm_request *r, struct request *rq, bool later)
{
	struct request_queue *q = rq->q;
	struct mapped_device *md = r->md;

	clone_release(r);
	rq->cmd_flags |= REQ_NOMERGE;
	blk_mq_requeue_request(rq, false);
	blk_mq_delay_kick_requeue_list(q, later ? REST : 0);
	dm_inflight_finish(&md->inflight);
}

/*
 * It has ended below, or never got there. This goes by way of the block layer to
 * request_ended(), on a CPU and in a context that suit the original.
 */
static void request_came_back(struct request *rq, blk_status_t status)
{
	struct dm_request *r = blk_mq_rq_to_pdu(rq);

	if (!r->status)
		r->status = status;
	blk_mq_complete_request(rq);
}

/* Nothing is left of it to do; a flush never has anything. */
static bool request_is_done(struct request *rq)
{
	return !rq->bio && req_op(rq) != REQ_OP_FLUSH;
}

static int target_end(struct dm_request *r, blk_status_t status)
{
	struct dm_target *ti = r->ti;
	int verdict = DM_ENDIO_DONE;

	/* where the target refused it, it knows */
	if (!r->clone)
		return DM_ENDIO_DONE;
	if (ti->type->rq_end_io)
		verdict = ti->type->rq_end_io(ti, r->clone, status, &r->info);
	if (unlikely(status == BLK_STS_TARGET || status == BLK_STS_NOTSUPP))
		dm_io_op_lost(r->md, req_op(r->clone), r->clone->q);
	return verdict;
}

/* ->complete of the queue */
static void request_ended(struct request *rq)
{
	struct dm_request *r = blk_mq_rq_to_pdu(rq);
	blk_status_t status = r->status;
	int verdict = target_end(r, status);

	switch (verdict) {
	case DM_ENDIO_DONE:
		break;
	case DM_ENDIO_INCOMPLETE:
		/* the target has it again */
		return;
	case DM_ENDIO_REQUEUE:
	case DM_ENDIO_DELAY_REQUEUE:
		if (request_is_done(rq))
			break;
		request_put_back(r, rq, verdict == DM_ENDIO_DELAY_REQUEUE);
		return;
	default:
		DMCRIT("unimplemented target endio return value: %d", verdict);
		status = BLK_STS_IOERR;
		break;
	}
	request_end(r, rq, status);
}

static enum rq_end_io_ret clone_ended(struct request *clone, blk_status_t status)
{
	request_came_back(clone->end_io_data, status);
	/* release_clone_rq() frees it */
	return RQ_END_IO_NONE;
}

static void clone_bio_ended(struct bio *bio)
{
	struct dm_request_bio *b = container_of(bio, struct dm_request_bio, clone);
	struct dm_request *r = blk_mq_rq_to_pdu(b->rq);
	struct request *rq = b->rq;
	struct bio *orig = b->orig;
	blk_status_t status = bio->bi_status;

	bio_put(bio);
	/* behind one that failed: what is done has no gaps */
	if (r->status)
		return;
	if (status)
		r->status = status;
	else
		blk_update_request(rq, BLK_STS_OK, orig->bi_iter.bi_size);
}

static int clone_bio_made(struct bio *bio, struct bio *orig, void *data)
{
	struct dm_request_bio *b = container_of(bio, struct dm_request_bio, clone);

	b->rq = data;
	b->orig = orig;
	bio->bi_end_io = clone_bio_ended;
	return 0;
}

static blk_status_t clone_insert(struct dm_request *r, struct request *rq)
{
	struct request *clone = r->clone;
	blk_status_t status = blk_insert_cloned_request(clone);

	switch (status) {
	case BLK_STS_OK:
		/* it may have ended, and the device be gone */
		break;
	case BLK_STS_RESOURCE:
	case BLK_STS_DEV_RESOURCE:
		blk_rq_unprep_clone(clone);
		blk_mq_cleanup_rq(clone);
		clone_undo(r);
		/* the block layer comes again, after a while */
		return BLK_STS_RESOURCE;
	default:
		/* the target shall know */
		request_came_back(rq, status);
		break;
	}
	return BLK_STS_OK;
}

/*
 * A disk below may sleep where it is given a request (nvme over TCP does), and
 * the block layer gives us ours where one may not.
 */
static void request_hand_over(struct mapped_device *md, struct request *rq)
{
	struct dm_queue *queue = md->queue;
	unsigned long irq;

	spin_lock_irqsave(&queue->lock, irq);
	list_add_tail(&rq->queuelist, &queue->handed_over);
	spin_unlock_irqrestore(&queue->lock, irq);
	queue_work(md->wq, &queue->work);
}

void dm_request_work(struct work_struct *work)
{
	struct dm_queue *queue = container_of(work, struct dm_queue, work);
	struct request *rq, *next;
	struct dm_request *r;
	LIST_HEAD(todo);

	spin_lock_irq(&queue->lock);
	list_splice_init(&queue->handed_over, &todo);
	spin_unlock_irq(&queue->lock);
	list_for_each_entry_safe(rq, next, &todo, queuelist) {
		list_del_init(&rq->queuelist);
		r = blk_mq_rq_to_pdu(rq);
		if (clone_insert(r, rq))
			request_put_back(r, rq, true);
	}
}

static blk_status_t clone_send(struct dm_request *r, struct request *rq)
{
	struct request *clone = r->clone;

	if (blk_rq_prep_clone(clone, rq, &r->ti->table->clones, GFP_ATOMIC, clone_bio_made, rq)) {
		clone_undo(r);
		return BLK_STS_RESOURCE;
	}
	clone->end_io = clone_ended;
	clone->end_io_data = rq;
	trace_block_rq_remap(clone, disk_devt(r->md->disk), blk_rq_pos(rq));
	if (likely(!(clone->q->tag_set->flags & BLK_MQ_F_BLOCKING)))
		return clone_insert(r, rq);
	request_hand_over(r->md, rq);
	return BLK_STS_OK;
}

/* Return BLK_STS_RESOURCE where the block layer keeps it; else it is on its way. */
static blk_status_t request_map(struct dm_request *r, struct request *rq)
{
	int verdict = r->ti->type->clone_and_map_rq(r->ti, rq, &r->info, &r->clone);

	switch (verdict) {
	case DM_MAPIO_SUBMITTED:
		/* the target will see to it */
		break;
	case DM_MAPIO_REMAPPED:
		return clone_send(r, rq);
	case DM_MAPIO_REQUEUE:
		return BLK_STS_RESOURCE;
	case DM_MAPIO_DELAY_REQUEUE:
		request_put_back(r, rq, true);
		break;
	default:
		DMCRIT("unimplemented target map return value: %d", verdict);
		fallthrough;
	case DM_MAPIO_KILL:
		request_came_back(rq, BLK_STS_IOERR);
		break;
	}
	return BLK_STS_OK;
}

/* The gate is closed, or there is no table. */
static blk_status_t request_refused(struct mapped_device *md)
{
	if (dm_state_get(md) == DM_STATE_DEAD)
		return BLK_STS_IOERR;
	if (rcu_access_pointer(md->active))
		return BLK_STS_RESOURCE;
	DMERR_LIMIT("%s: mapping table unavailable, erroring io", dm_device_name(md));
	return BLK_STS_IOERR;
}

/* ->queue_rq of the queue */
static blk_status_t request_queue(struct blk_mq_hw_ctx *hctx,
				  const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	struct dm_request *r = blk_mq_rq_to_pdu(rq);
	struct mapped_device *md = r->md;
	blk_status_t status;
	struct dm_table *t;

	preempt_disable();
	t = dm_gate_enter(md);
	preempt_enable();
	if (unlikely(!t)) {
		status = request_refused(md);
		goto out;
	}
	/* a disk does not go before its requests have gone */
	status = BLK_STS_IOERR;
	if (unlikely(dm_state_get(md) == DM_STATE_DEAD))
		goto out_finish;

	r->ti = t->targets;
	status = BLK_STS_RESOURCE;
	if (r->ti->type->busy && r->ti->type->busy(r->ti))
		goto out_finish;
	r->clone = NULL;
	r->status = BLK_STS_OK;
	r->info.ptr = md->queue->per_io_data ? r + 1 : NULL;
	request_begin(r, rq);
	blk_mq_start_request(rq);
	status = request_map(r, rq);
	if (likely(!status))
		return BLK_STS_OK;

out_finish:
	dm_inflight_finish(&md->inflight);
out:
	/* the block layer ends what is not merely to wait */
	if (status != BLK_STS_RESOURCE)
		request_forget(r, rq);
	return status;
}

static int request_init(struct blk_mq_tag_set *tags, struct request *rq, unsigned int hctx,
			unsigned int node)
{
	struct dm_request *r = blk_mq_rq_to_pdu(rq);

	r->md = tags->driver_data;
	r->begun = false;
	return 0;
}

const struct blk_mq_ops dm_request_ops = {
	.queue_rq	= request_queue,
	.complete	= request_ended,
	.init_request	= request_init,
};

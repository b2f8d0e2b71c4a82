// SPDX-License-Identifier: GPL-2.0
/*
 * dm-kcopyd: clients, the thread that each has, and callbacks.
 *
 * Users hand over copies and callbacks; interrupts report I/O. Both only put
 * something in a list and wake the thread, which does everything else.
 */
#include <linux/blkdev.h>
#include <linux/dm-kcopyd.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "copy.h"
#include "params.h"
#include "services.h"

/* Copies of a client that memory is always there for. */
#define RESERVED_JOBS 16

/*
 * Prepared callbacks may pile up in ->map: those for all pieces of one large bio are
 * made before the first piece gets anywhere. They are small.
 */
#define RESERVED_CALLBACKS 256

/* Sub-jobs' worth of pages that a client takes at most. */
#define MOST_PIECES 16

/* --- the thread -------------------------------------------------------------------- */

void dm_kcopyd_queue(struct dm_kcopyd_client *kc, struct list_head *item, struct list_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&kc->lock, flags);
	list_add_tail(item, list);
	/* with the lock held, or the client may be gone: the thread has seen what came */
	mod_delayed_work(kc->wq, &kc->work, 0);
	spin_unlock_irqrestore(&kc->lock, flags);
}

static void call_make(struct dm_kcopyd_call *call)
{
	struct dm_kcopyd_client *kc = call->kc;
	const struct dm_kcopyd_call c = *call;

	if (c.job)
		kc->spare = c.job;
	else
		mempool_free(call, &kc->callbacks);
	WRITE_ONCE(kc->caller, current);
	c.fn(c.read_err, c.write_err, c.context);
	WRITE_ONCE(kc->caller, NULL);
	if (kc->spare)
		mempool_free(kc->spare, &kc->jobs);
	kc->spare = NULL;
	if (atomic_dec_and_test(&kc->busy))
		wake_up_all(&kc->idle);
}

static struct list_head *list_pop(struct list_head *list)
{
	struct list_head *item = list->next;

	if (list_empty(list))
		return NULL;
	list_del(item);
	return item;
}

/* Everything that is put into a list wakes the thread, so that one pass is enough. */
static void kcopyd_work(struct work_struct *work)
{
	struct dm_kcopyd_client *kc =
		container_of(to_delayed_work(work), struct dm_kcopyd_client, work);
	struct list_head *item;
	LIST_HEAD(incoming);
	LIST_HEAD(calls);
	LIST_HEAD(done);
	struct blk_plug plug;
	unsigned long wait;

	spin_lock_irq(&kc->lock);
	list_splice_init(&kc->incoming, &incoming);
	list_splice_init(&kc->calls, &calls);
	list_splice_init(&kc->done, &done);
	spin_unlock_irq(&kc->lock);

	blk_start_plug(&plug);
	while ((item = list_pop(&done)))
		dm_copy_advance(list_entry(item, struct dm_copy_strand, list));
	while ((item = list_pop(&incoming)))
		dm_copy_begin(list_entry(item, struct dm_copy_job, list));
	wait = dm_copy_start(kc);
	blk_finish_plug(&plug);
	if (wait)
		queue_delayed_work(kc->wq, &kc->work, wait);

	while ((item = list_pop(&calls)))
		call_make(list_entry(item, struct dm_kcopyd_call, list));
}

/* --- clients ------------------------------------------------------------------------- */

/**
 * dm_kcopyd_client_create() - a new user of dm-kcopyd
 * @throttle: what share of time it may do I/O, perhaps with others; or NULL
 *
 * Context: may sleep. Return: the client, or an error pointer.
 */
struct dm_kcopyd_client *dm_kcopyd_client_create(struct dm_kcopyd_throttle *throttle)
{
	const unsigned int pages = (dm_kcopyd_subjob_kb() << 10) >> PAGE_SHIFT ?: 1;
	struct dm_kcopyd_client *kc = kzalloc(sizeof(*kc), GFP_KERNEL);
	int r = -ENOMEM;

	if (!kc)
		return ERR_PTR(r);
	INIT_DELAYED_WORK(&kc->work, kcopyd_work);
	kc->throttle = throttle;
	kc->piece = (sector_t)pages << (PAGE_SHIFT - SECTOR_SHIFT);
	kc->zeroes = (struct page_list) { .next = &kc->zeroes, .page = ZERO_PAGE(0) };
	init_waitqueue_head(&kc->idle);
	spin_lock_init(&kc->lock);
	INIT_LIST_HEAD(&kc->incoming);
	INIT_LIST_HEAD(&kc->done);
	INIT_LIST_HEAD(&kc->calls);
	INIT_LIST_HEAD(&kc->waiting);

	kc->wq = alloc_workqueue("kcopyd", WQ_MEM_RECLAIM, 0);
	if (!kc->wq)
		goto bad_wq;
	kc->io = dm_io_client_create();
	if (IS_ERR(kc->io)) {
		r = PTR_ERR(kc->io);
		goto bad_io;
	}
	r = mempool_init_kmalloc_pool(&kc->jobs, RESERVED_JOBS, sizeof(struct dm_copy_job));
	if (r)
		goto bad_jobs;
	r = mempool_init_kmalloc_pool(&kc->callbacks, RESERVED_CALLBACKS,
				      sizeof(struct dm_kcopyd_call));
	if (r)
		goto bad_callbacks;
	r = dm_page_stock_init(&kc->pages, pages, MOST_PIECES * pages);
	if (r)
		goto bad_pages;
	return kc;

bad_pages:
	mempool_exit(&kc->callbacks);
bad_callbacks:
	mempool_exit(&kc->jobs);
bad_jobs:
	dm_io_client_destroy(kc->io);
bad_io:
	destroy_workqueue(kc->wq);
bad_wq:
	kfree(kc);
	return ERR_PTR(r);
}
EXPORT_SYMBOL(dm_kcopyd_client_create);

/**
 * dm_kcopyd_client_flush() - wait until nothing that was handed over is left
 * @kc: a client
 *
 * All callbacks have returned then.
 *
 * Context: may sleep; not from a callback.
 */
void dm_kcopyd_client_flush(struct dm_kcopyd_client *kc)
{
	wait_event(kc->idle, !atomic_read(&kc->busy));
}
EXPORT_SYMBOL(dm_kcopyd_client_flush);

/**
 * dm_kcopyd_client_destroy() - end, after everything that was handed over
 * @kc: a client; what was prepared has been handed over
 *
 * Context: may sleep; not from a callback.
 */
void dm_kcopyd_client_destroy(struct dm_kcopyd_client *kc)
{
	dm_kcopyd_client_flush(kc);
	/* the thread may still be on its way out, or about to look once more */
	cancel_delayed_work_sync(&kc->work);
	destroy_workqueue(kc->wq);
	dm_page_stock_exit(&kc->pages);
	mempool_exit(&kc->callbacks);
	mempool_exit(&kc->jobs);
	dm_io_client_destroy(kc->io);
	kfree(kc);
}
EXPORT_SYMBOL(dm_kcopyd_client_destroy);

/* --- copies ---------------------------------------------------------------------------- */

/*
 * The memory of copies and callbacks is given back by the thread, so that within a
 * callback nobody may wait for it. What it allocates there comes back to the reserve
 * like the rest.
 */
static void *reserve_alloc(struct dm_kcopyd_client *kc, mempool_t *reserve, size_t size)
{
	void *p;

	if (READ_ONCE(kc->caller) != current)
		return mempool_alloc(reserve, GFP_NOIO);
	p = mempool_alloc(reserve, GFP_NOWAIT | __GFP_NOWARN);
	return p ?: kmalloc(size, GFP_NOIO | __GFP_NOFAIL);
}

/* A callback that starts another copy, as most do, has the memory of its own for it. */
static struct dm_copy_job *job_alloc(struct dm_kcopyd_client *kc)
{
	struct dm_copy_job *job = NULL;

	if (READ_ONCE(kc->caller) == current)
		swap(job, kc->spare);
	return job ?: reserve_alloc(kc, &kc->jobs, sizeof(*job));
}

/**
 * dm_kcopyd_copy() - copy a region to others
 * @kc: a client
 * @from: what to copy, or NULL for zeroes
 * @num_dests: how many, up to DM_KCOPYD_MAX_REGIONS
 * @dests: where to; each gets as many sectors as @from has, but no more than it has
 *	itself. As with @from, not used after the call
 * @flags: DM_KCOPYD_IGNORE_ERROR to go on with the rest after an error (what could not
 *	be read is zeroes), DM_KCOPYD_WRITE_SEQ to write one sub-job after another
 * @fn: is called from the client's thread, one at a time, with no lock held; it may
 *	sleep, and start other copies
 * @context: for @fn
 *
 * Context: may sleep.
 */
void dm_kcopyd_copy(struct dm_kcopyd_client *kc, struct dm_io_region *from,
		    unsigned int num_dests, struct dm_io_region *dests,
		    unsigned int flags, dm_kcopyd_notify_fn fn, void *context)
{
	struct dm_copy_job *job = job_alloc(kc);

	job->call = (struct dm_kcopyd_call) {
		.kc = kc,
		.job = job,
		.fn = fn,
		.context = context,
	};
	atomic_inc(&kc->busy);
	if (num_dests > DM_KCOPYD_MAX_REGIONS) {
		job->call.write_err = ~0UL;
		dm_kcopyd_queue(kc, &job->call.list, &kc->calls);
		return;
	}
	dm_copy_init(job, from, num_dests, dests, flags);
	dm_kcopyd_queue(kc, &job->list, &kc->incoming);
}
EXPORT_SYMBOL(dm_kcopyd_copy);

/**
 * dm_kcopyd_zero() - write zeroes to regions; see dm_kcopyd_copy()
 * @kc: a client
 * @num_dests: how many
 * @dests: where to
 * @flags: DM_KCOPYD_*
 * @fn: callback
 * @context: for @fn
 *
 * Where all destinations take an operation without data for it, that is used.
 *
 * Context: may sleep.
 */
void dm_kcopyd_zero(struct dm_kcopyd_client *kc, unsigned int num_dests,
		    struct dm_io_region *dests, unsigned int flags,
		    dm_kcopyd_notify_fn fn, void *context)
{
	dm_kcopyd_copy(kc, NULL, num_dests, dests, flags, fn, context);
}
EXPORT_SYMBOL(dm_kcopyd_zero);

/* --- callbacks ------------------------------------------------------------------------- */

/**
 * dm_kcopyd_prepare_callback() - get the memory of a callback
 * @kc: a client
 * @fn: as for dm_kcopyd_copy()
 * @context: for @fn
 *
 * Context: may sleep. Return: for dm_kcopyd_do_callback(), which has to be called.
 */
void *dm_kcopyd_prepare_callback(struct dm_kcopyd_client *kc,
				 dm_kcopyd_notify_fn fn, void *context)
{
	struct dm_kcopyd_call *call = reserve_alloc(kc, &kc->callbacks, sizeof(*call));

	*call = (struct dm_kcopyd_call) { .kc = kc, .fn = fn, .context = context };
	return call;
}
EXPORT_SYMBOL(dm_kcopyd_prepare_callback);

/**
 * dm_kcopyd_do_callback() - have the thread make a prepared callback
 * @job: what dm_kcopyd_prepare_callback() returned
 * @read_err: for the callback
 * @write_err: for the callback
 *
 * The thread makes callbacks in the order in which they come here and copies end.
 *
 * Context: any.
 */
void dm_kcopyd_do_callback(void *job, int read_err, unsigned long write_err)
{
	struct dm_kcopyd_call *call = job;

	call->read_err = read_err;
	call->write_err = write_err;
	atomic_inc(&call->kc->busy);
	dm_kcopyd_queue(call->kc, &call->list, &call->kc->calls);
}
EXPORT_SYMBOL(dm_kcopyd_do_callback);

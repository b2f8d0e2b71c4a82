/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What targets call for I/O and copies of their own; <linux/dm-io.h> and
 * <linux/dm-kcopyd.h> are the interface, this is what the parts of it share.
 *
 * services/io.c	 dm-io: regions of several devices, one memory
 * services/kcopyd.c	 dm-kcopyd: clients, their thread, callbacks
 * services/copy.c	 one copy: its sub-jobs, from their start to their end
 * services/page_stock.c the pages that a client copies by way of
 * services/throttle.c	 the share of time in which a client may do I/O
 */
#ifndef DM_SERVICES_H
#define DM_SERVICES_H

#include <linux/bio.h>
#include <linux/dm-kcopyd.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "page_stock.h"

/**
 * struct dm_io_client - what the I/O of one user of dm-io lives on
 * @calls: reserve for requests that nobody waits for
 * @bios: reserve for their bios
 *
 * A request that waits for a bio holds none that is not on its way to a disk, so
 * either reserve fills up again without help from the other, or from the caller.
 */
struct dm_io_client {
	mempool_t calls;
	struct bio_set bios;
};

/**
 * struct dm_kcopyd_client - one user of dm-kcopyd, with a thread of its own
 * @wq: the thread is the only work of this workqueue, which has a rescuer
 * @work: the work
 * @io: what its I/O lives on
 * @throttle: the user's, perhaps shared with others; or NULL
 * @piece: sectors of a sub-job, a multiple of the page size
 * @zeroes: a list without end of pages that hold zeroes
 * @jobs: reserve of struct dm_copy_job
 * @callbacks: reserve of struct dm_kcopyd_call
 * @busy: copies and callbacks that the user has handed over and that have not ended
 * @idle: woken when there are none
 * @lock: of the three lists below it; taken from interrupts
 * @incoming: copies that came
 * @done: sub-jobs whose I/O has ended
 * @calls: callbacks to be made, in this order
 * @waiting: sub-jobs that wait for pages and for the throttle, in this order
 * @pages: what is copied by way of
 * @caller: the thread, while it makes callbacks
 * @spare: the memory of the copy whose callback is under way, for one that it starts
 *
 * What stands behind @calls belongs to the thread alone.
 */
struct dm_kcopyd_client {
	struct workqueue_struct *wq;
	struct delayed_work work;
	struct dm_io_client *io;
	struct dm_kcopyd_throttle *throttle;
	unsigned int piece;
	struct page_list zeroes;
	mempool_t jobs;
	mempool_t callbacks;
	atomic_t busy;
	wait_queue_head_t idle;

	spinlock_t lock;	/* the next three */
	struct list_head incoming;
	struct list_head done;
	struct list_head calls;

	struct list_head waiting;
	struct dm_page_stock pages;
	struct task_struct *caller;
	struct dm_copy_job *spare;
};

/**
 * struct dm_kcopyd_call - a callback to be made by the thread
 * @list: in the client's list
 * @kc: the client
 * @job: the copy that it is for, which it is a part of; NULL for one that was
 *	prepared by itself
 * @fn: the callback
 * @context: for @fn
 * @read_err: for @fn
 * @write_err: for @fn
 */
struct dm_kcopyd_call {
	struct list_head list;
	struct dm_kcopyd_client *kc;
	struct dm_copy_job *job;
	dm_kcopyd_notify_fn fn;
	void *context;
	int read_err;
	unsigned long write_err;
};

/**
 * dm_kcopyd_queue() - put something into a list for the thread, and wake it
 * @kc: a client
 * @item: the thread's from here on
 * @list: one of those under the client's lock
 *
 * Context: any.
 */
void dm_kcopyd_queue(struct dm_kcopyd_client *kc, struct list_head *item, struct list_head *list);

#endif

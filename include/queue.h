/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Request-based devices: the disk has a request queue of its own (blk-mq), with
 * a scheduler, and the target gets whole requests, of which it makes clones for
 * the queues below.
 *
 * device/queue.c	the queue: made with the first table, stopped, started
 * io/request.c		the way of a request
 *
 * What the first table makes of a device it stays: md->queue is set once,
 * before the disk appears, and goes with the device.
 *
 * A request is counted as under way (include/inflight.h) from where it is given
 * to the target until it has ended or is back in the queue. A suspend stops the
 * queue, closes the gate and waits for the count. What is in the queue then
 * waits there for the resume, and goes to whatever table there is by then.
 */
#ifndef DM_QUEUE_H
#define DM_QUEUE_H

#include <linux/blk-mq.h>
#include <linux/device-mapper.h>

struct dm_table;
struct mapped_device;

/**
 * struct dm_queue - the request queue of a device
 * @tags: what the block layer keeps of it
 * @per_io_data: bytes that each request has for its target
 * @stopped: under md->verbs: nothing is sent to the target
 * @lock: of @handed_over
 * @handed_over: requests whose clones go to a queue that may sleep
 * @work: sends them
 */
struct dm_queue {
	struct blk_mq_tag_set tags;
	size_t per_io_data;
	bool stopped;
	spinlock_t lock;		/* taken in any context */
	struct list_head handed_over;
	struct work_struct work;
};

/* device/queue.c */
/**
 * dm_queue_init() - make a device request-based
 * @md: a device whose disk was never visible
 * @t: its first table, which is request-based
 *
 * Context: md->loads held, may sleep. Return: 0 or a negative errno; the device
 * is as it was then.
 */
int dm_queue_init(struct mapped_device *md, const struct dm_table *t);

/**
 * dm_queue_exit() - give up the disk, and free the queue if it has one
 * @md: a device that nobody can reach any more; its disk is removed
 */
void dm_queue_exit(struct mapped_device *md);

/**
 * dm_queue_holds() - does a table fit the queue?
 * @md: the device
 * @t: a table of the device's type
 *
 * Return: false, with a line in the log, where its target wants more memory with
 * each request than there is.
 */
bool dm_queue_holds(struct mapped_device *md, const struct dm_table *t);

/**
 * dm_queue_stop() - have nothing more sent to the target
 * @md: a device, of any type
 *
 * What is just being sent is not waited for; dm_inflight_drain_begin() does.
 *
 * Context: md->verbs held.
 */
void dm_queue_stop(struct mapped_device *md);

/**
 * dm_queue_start() - have what is in the queue sent
 * @md: a device, of any type; stopped or not
 *
 * Context: md->verbs held, or the device is dead.
 */
void dm_queue_start(struct mapped_device *md);

/* Declared nowhere for modules; dm-multipath has its own idea of it. */
void dm_mq_kick_requeue_list(struct mapped_device *md);

/* io/request.c */
extern const struct blk_mq_ops dm_request_ops;

/** dm_request_work() - the worker of a queue @work: its work item */
void dm_request_work(struct work_struct *work);

/** dm_request_size() - memory with each request, in bytes, beside the target's */
size_t dm_request_size(void);

/**
 * dm_request_pool_init() - the pool that clones of requests take their bios from
 * @t: a request-based table; dm_clone_pool_exit() frees it
 *
 * Return: 0 or -ENOMEM.
 */
int dm_request_pool_init(struct dm_table *t);

#endif

// SPDX-License-Identifier: GPL-2.0
/* The request queue of a request-based device, see include/queue.h. */
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"
#include "params.h"
#include "queue.h"
#include "table.h"

#define DM_MSG_PREFIX "core"

/* A load may make it while others suspend the device. */
static struct dm_queue *queue_of(struct mapped_device *md)
{
	/* pairs with dm_queue_init() */
	return smp_load_acquire(&md->queue);
}

static void queue_free(struct dm_queue *queue)
{
	blk_mq_free_tag_set(&queue->tags);
	kfree(queue);
}

int dm_queue_init(struct mapped_device *md, const struct dm_table *t)
{
	struct dm_queue *queue;
	int r = -ENOMEM;

	lockdep_assert_held(&md->loads);
	if (md->queue)
		return 0;
	queue = kzalloc_node(sizeof(*queue), GFP_KERNEL, dm_numa_node());
	if (!queue)
		goto bad;
	queue->per_io_data = t->per_io_data;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->handed_over);
	INIT_WORK(&queue->work, dm_request_work);
	queue->tags.ops = &dm_request_ops;
	queue->tags.nr_hw_queues = dm_request_hw_queues();
	queue->tags.queue_depth = dm_request_depth();
	queue->tags.cmd_size = dm_request_size() + t->per_io_data;
	queue->tags.numa_node = dm_numa_node();
	queue->tags.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_STACKING;
	queue->tags.driver_data = md;
	r = blk_mq_alloc_tag_set(&queue->tags);
	if (r) {
		kfree(queue);
		goto bad;
	}
	r = blk_mq_init_allocated_queue(&queue->tags, md->disk->queue);
	if (r) {
		queue_free(queue);
		goto bad;
	}
	dm_disk_take_requests(md);
	/* who finds it, finds it whole: pairs with queue_of() */
	smp_store_release(&md->queue, queue);
	return 0;

bad:
	DMERR("Cannot initialize queue for request-based dm mapped device");
	return r;
}

void dm_queue_exit(struct mapped_device *md)
{
	struct dm_queue *queue = md->queue;

	/* who put a request back may have been slower than the request's end */
	if (queue)
		cancel_delayed_work_sync(&md->disk->queue->requeue_work);
	put_disk(md->disk);
	md->disk = NULL;
	if (queue)
		queue_free(queue);
	md->queue = NULL;
}

bool dm_queue_holds(struct mapped_device *md, const struct dm_table *t)
{
	if (!md->queue || t->per_io_data <= md->queue->per_io_data)
		return true;
	DMERR("%s: target type %s wants %zu bytes with each request, the first table's had %zu",
	      dm_device_name(md), t->targets[0].type->name, t->per_io_data,
	      md->queue->per_io_data);
	return false;
}

void dm_queue_stop(struct mapped_device *md)
{
	struct dm_queue *queue = queue_of(md);

	if (!queue || queue->stopped)
		return;
	blk_mq_quiesce_queue_nowait(md->disk->queue);
	queue->stopped = true;
}

void dm_queue_start(struct mapped_device *md)
{
	struct dm_queue *queue = queue_of(md);

	if (!queue)
		return;
	if (queue->stopped) {
		queue->stopped = false;
		blk_mq_unquiesce_queue(md->disk->queue);
	}
	blk_mq_kick_requeue_list(md->disk->queue);
}

/**
 * dm_mq_kick_requeue_list() - try requests anew that were put back for a while
 * @md: the device
 *
 * Context: any. For targets, when what they waited for has come.
 */
void dm_mq_kick_requeue_list(struct mapped_device *md)
{
	if (queue_of(md))
		blk_mq_kick_requeue_list(md->disk->queue);
}
EXPORT_SYMBOL(dm_mq_kick_requeue_list);

void dm_table_run_md_queue_async(struct dm_table *t)
{
	struct mapped_device *md = t->md;

	if (queue_of(md))
		blk_mq_run_hw_queues(md->disk->queue, true);
}
EXPORT_SYMBOL(dm_table_run_md_queue_async);

// SPDX-License-Identifier: GPL-2.0
/* See rqdisk.h. */
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat/disk.h"
#include "rqdisk.h"

static int rq_major;
static atomic_t rq_minor = ATOMIC_INIT(0);

void *rqdisk_at(struct rqdisk *rd, sector_t sector)
{
	return rd->data + (sector << SECTOR_SHIFT);
}

/* Move the data of the first so many bytes of a request. */
static void transfer(struct rqdisk *rd, struct request *rq, unsigned int bytes)
{
	void *own = rqdisk_at(rd, blk_rq_pos(rq));
	struct req_iterator iter;
	struct bio_vec bv;

	if (req_op(rq) == REQ_OP_DISCARD)
		memset(own, 0, bytes);
	if (req_op(rq) != REQ_OP_READ && req_op(rq) != REQ_OP_WRITE)
		return;
	rq_for_each_segment(bv, rq, iter) {
		unsigned int n = min(bv.bv_len, bytes);

		bv.bv_len = n;
		if (rq_data_dir(rq) == WRITE)
			memcpy_from_bvec(own, &bv);
		else
			memcpy_to_bvec(&bv, own);
		own += n;
		bytes -= n;
		if (!bytes)
			break;
	}
}

/* Up to the first sector that is bad; the rest fails. */
static void carry_out(struct rqdisk *rd, struct request *rq)
{
	sector_t from = blk_rq_pos(rq), to = from + blk_rq_sectors(rq);
	blk_status_t status = BLK_STS_OK;
	unsigned int good;

	spin_lock_irq(&rd->lock);
	if (from < rd->bad_to && to > rd->bad_from) {
		status = rd->bad_status;
		to = max(from, rd->bad_from);
	}
	spin_unlock_irq(&rd->lock);
	good = (to - from) << SECTOR_SHIFT;
	if (good)
		transfer(rd, rq, good);
	if (status && good)
		blk_update_request(rq, BLK_STS_OK, good);
	blk_mq_end_request(rq, status);
}

static blk_status_t rqdisk_queue(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct rqdisk *rd = hctx->queue->tag_set->driver_data;
	struct request *rq = bd->rq;
	bool hold;

	might_sleep_if(rd->tags.flags & BLK_MQ_F_BLOCKING);
	spin_lock_irq(&rd->lock);
	if (rd->busy) {
		rd->busy--;
		spin_unlock_irq(&rd->lock);
		return BLK_STS_RESOURCE;
	}
	if (rd->came < RQ_LOG)
		rd->seen[rd->came] = (struct rqdisk_seen) {
			.op = req_op(rq),
			.sector = blk_rq_pos(rq),
			.sectors = blk_rq_sectors(rq),
		};
	rd->came++;
	blk_mq_start_request(rq);
	hold = rd->hold;
	if (hold) {
		list_add_tail(&rq->queuelist, &rd->held);
		rd->held_count++;
	}
	spin_unlock_irq(&rd->lock);
	if (!hold)
		carry_out(rd, rq);
	return BLK_STS_OK;
}

static const struct blk_mq_ops rqdisk_mq_ops = {
	.queue_rq = rqdisk_queue,
};

static const struct block_device_operations rqdisk_ops = {
	.owner = THIS_MODULE,
};

void rqdisk_hold(struct rqdisk *rd, bool hold)
{
	struct request *rq, *next;
	LIST_HEAD(todo);

	spin_lock_irq(&rd->lock);
	rd->hold = hold;
	if (!hold) {
		list_splice_init(&rd->held, &todo);
		rd->held_count = 0;
	}
	spin_unlock_irq(&rd->lock);
	list_for_each_entry_safe(rq, next, &todo, queuelist) {
		list_del_init(&rq->queuelist);
		carry_out(rd, rq);
	}
}

unsigned int rqdisk_held(struct rqdisk *rd)
{
	return READ_ONCE(rd->held_count);
}

void rqdisk_busy(struct rqdisk *rd, unsigned int times)
{
	spin_lock_irq(&rd->lock);
	rd->busy = times;
	spin_unlock_irq(&rd->lock);
}

void rqdisk_fail(struct rqdisk *rd, sector_t from, sector_t to, blk_status_t status)
{
	spin_lock_irq(&rd->lock);
	rd->bad_from = from;
	rd->bad_to = to;
	rd->bad_status = status;
	spin_unlock_irq(&rd->lock);
}

unsigned int rqdisk_came(struct rqdisk *rd)
{
	return READ_ONCE(rd->came);
}

void rqdisk_forget(struct rqdisk *rd)
{
	spin_lock_irq(&rd->lock);
	rd->came = 0;
	spin_unlock_irq(&rd->lock);
}

static int rqdisk_add(struct rqdisk *rd)
{
	struct gendisk *disk = dm_compat_disk_alloc_mq(&rd->tags);
	int r;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = rq_major;
	disk->first_minor = atomic_inc_return(&rq_minor) & MINORMASK;
	disk->minors = 1;
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &rqdisk_ops;
	snprintf(disk->disk_name, DISK_NAME_LEN, "dmkunitrq%d", disk->first_minor);
	snprintf(rd->name, sizeof(rd->name), "%d:%d", rq_major, disk->first_minor);
	set_capacity(disk, rd->sectors);
	disk->queue->limits.max_hw_discard_sectors = rd->sectors;
	disk->queue->limits.max_discard_sectors = rd->sectors;
	disk->queue->limits.discard_granularity = SECTOR_SIZE;
	r = device_add_disk(NULL, disk, NULL);
	if (r)
		put_disk(disk);
	else
		rd->disk = disk;
	return r;
}

struct rqdisk *rqdisk_create(sector_t sectors, bool sleeps)
{
	struct rqdisk *rd = kzalloc(sizeof(*rd), GFP_KERNEL);
	int r = -ENOMEM;

	if (!rd)
		return ERR_PTR(r);
	rd->sectors = sectors;
	spin_lock_init(&rd->lock);
	INIT_LIST_HEAD(&rd->held);
	rd->data = vzalloc(sectors << SECTOR_SHIFT);
	if (!rd->data)
		goto bad_data;
	rd->tags.ops = &rqdisk_mq_ops;
	rd->tags.nr_hw_queues = 1;
	rd->tags.queue_depth = 16;
	rd->tags.numa_node = NUMA_NO_NODE;
	rd->tags.flags = BLK_MQ_F_SHOULD_MERGE | (sleeps ? BLK_MQ_F_BLOCKING : 0);
	rd->tags.driver_data = rd;
	r = blk_mq_alloc_tag_set(&rd->tags);
	if (r)
		goto bad_tags;
	r = rqdisk_add(rd);
	if (!r)
		return rd;
	blk_mq_free_tag_set(&rd->tags);
bad_tags:
	vfree(rd->data);
bad_data:
	kfree(rd);
	return ERR_PTR(r);
}

void rqdisk_destroy(struct rqdisk *rd)
{
	del_gendisk(rd->disk);
	put_disk(rd->disk);
	blk_mq_free_tag_set(&rd->tags);
	vfree(rd->data);
	kfree(rd);
}

int rqdisk_start(void)
{
	rq_major = register_blkdev(0, "dmkunitrq");
	return min(rq_major, 0);
}

void rqdisk_stop(void)
{
	unregister_blkdev(rq_major, "dmkunitrq");
}

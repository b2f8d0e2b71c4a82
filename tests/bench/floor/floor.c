// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a bio-based driver on top of another disk can do, to have
 * something to measure a device mapper by. It makes two disks of one below:
 *
 * floor0	sends each bio on as it is, to another place. Its owner's completion
 *		is called by the disk below; nobody counts the I/O.
 * floor1	does so with a hook on the completion, from a slab cache, and with
 *		I/O accounting.
 */
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat/bdev.h"
#include "compat/disk.h"

#define PLACE	2048	/* where on the disk below, in sectors */

static char *lower;
module_param(lower, charp, 0);
MODULE_PARM_DESC(lower, "path of the disk below");

struct hook {
	bio_end_io_t *end_io;
	void *private;
	unsigned long start;
};

static struct kmem_cache *hooks;
static struct dm_dev below;
static struct gendisk *disks[2];
static int major;

static void bare_submit(struct bio *bio)
{
	bio_set_dev(bio, below.bdev);
	bio->bi_iter.bi_sector += PLACE;
	submit_bio_noacct(bio);
}

static void hook_end(struct bio *bio)
{
	struct hook *hook = bio->bi_private;

	bio->bi_end_io = hook->end_io;
	bio->bi_private = hook->private;
	bio_end_io_acct_remapped(bio, hook->start, disks[1]->part0);
	kmem_cache_free(hooks, hook);
	bio_endio(bio);
}

static void hook_submit(struct bio *bio)
{
	struct hook *hook = kmem_cache_alloc(hooks, GFP_NOIO);

	if (!hook) {
		bio_io_error(bio);
		return;
	}
	hook->end_io = bio->bi_end_io;
	hook->private = bio->bi_private;
	hook->start = bio_start_io_acct(bio);
	bio->bi_end_io = hook_end;
	bio->bi_private = hook;
	bare_submit(bio);
}

static const struct block_device_operations bare_ops = {
	.owner = THIS_MODULE,
	.submit_bio = bare_submit,
};

static const struct block_device_operations hook_ops = {
	.owner = THIS_MODULE,
	.submit_bio = hook_submit,
};

static int disk_add(unsigned int i, const struct block_device_operations *ops)
{
	struct gendisk *disk = dm_compat_disk_alloc(NUMA_NO_NODE);
	int r;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = major;
	disk->first_minor = i;
	disk->minors = 1;
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = ops;
	sprintf(disk->disk_name, "floor%u", i);
	blk_stack_limits(&disk->queue->limits, &bdev_get_queue(below.bdev)->limits, 0);
	set_capacity(disk, bdev_nr_sectors(below.bdev) - PLACE);
	r = add_disk(disk);
	if (r) {
		put_disk(disk);
		return r;
	}
	disks[i] = disk;
	return 0;
}

static void floor_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(disks); i++) {
		if (!disks[i])
			continue;
		del_gendisk(disks[i]);
		put_disk(disks[i]);
	}
	if (below.bdev)
		dm_compat_bdev_close(&below);
	if (major > 0)
		unregister_blkdev(major, "floor");
	kmem_cache_destroy(hooks);
}

static int __init floor_init(void)
{
	dev_t dev;
	int r = -ENOMEM;

	hooks = KMEM_CACHE(hook, 0);
	if (!hooks)
		return r;
	r = register_blkdev(0, "floor");
	if (r < 0)
		goto bad;
	major = r;
	r = lookup_bdev(lower, &dev);
	if (!r)
		r = dm_compat_bdev_open(&below, dev, BLK_OPEN_READ | BLK_OPEN_WRITE, hooks);
	if (!r)
		r = disk_add(0, &bare_ops);
	if (!r)
		r = disk_add(1, &hook_ops);
	if (!r)
		return 0;
bad:
	floor_exit();
	return r;
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_DESCRIPTION("what a bare remap costs");
MODULE_LICENSE("GPL");

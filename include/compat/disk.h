/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocating a disk, as Linux 6.12 does it.
 *
 * Bridged: 6.9 made blk_alloc_disk() take the initial queue limits and return
 * an error pointer.
 */
#ifndef DM_COMPAT_DISK_H
#define DM_COMPAT_DISK_H

#include <linux/blkdev.h>
#include <linux/version.h>

/**
 * dm_compat_disk_alloc() - a disk of a stacking device, its limits not set yet
 * @node: NUMA node
 *
 * Context: may sleep. Return: the disk, or an error pointer.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define dm_compat_disk_alloc(node) \
({ \
	struct gendisk *__disk = blk_alloc_disk(node); \
	\
	if (__disk) { \
		blk_set_stacking_limits(&__disk->queue->limits); \
		/* I/O is counted unless the administrator says otherwise */ \
		blk_queue_flag_set(QUEUE_FLAG_IO_STAT, __disk->queue); \
	} \
	__disk ?: ERR_PTR(-ENOMEM); \
})
#else
#define dm_compat_disk_alloc(node) \
({ \
	/* limits of a stacking device are no valid limits before they are stacked */ \
	struct queue_limits __lim = { .features = BLK_FEAT_IO_STAT }; \
	\
	blk_alloc_disk(&__lim, node); \
})
#endif

/**
 * dm_compat_disk_alloc_mq() - a disk that takes requests (for tests)
 * @tags: its tag set
 *
 * Context: may sleep. Return: the disk, or an error pointer.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define dm_compat_disk_alloc_mq(tags)	blk_mq_alloc_disk(tags, NULL)
#else
#define dm_compat_disk_alloc_mq(tags)	blk_mq_alloc_disk(tags, NULL, NULL)
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/O accounting, as Linux 6.12 does it.
 *
 * Bridged: 6.4 moved the number of sectors from bdev_start_io_acct() to
 * bdev_end_io_acct().
 */
#ifndef DM_COMPAT_ACCT_H
#define DM_COMPAT_ACCT_H

#include <linux/blkdev.h>
#include <linux/version.h>

/**
 * dm_compat_acct_wanted() - does /sys/block/DISK/queue/iostats say yes?
 * @bdev: a disk of ours
 */
static inline bool dm_compat_acct_wanted(struct block_device *bdev)
{
	return blk_queue_io_stat(bdev_get_queue(bdev));
}

/**
 * dm_compat_acct_switch() - what writing to /sys/block/DISK/queue/iostats does
 * @q: queue of a disk of ours, with no I/O under way that is yet to begin
 * @on: count I/O or not
 *
 * Bridged: 6.11 made the flag of the queue a feature among its limits.
 */
static inline void dm_compat_acct_switch(struct request_queue *q, bool on)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	if (on)
		blk_queue_flag_set(QUEUE_FLAG_IO_STAT, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_IO_STAT, q);
#else
	if (on)
		q->limits.features |= BLK_FEAT_IO_STAT;
	else
		q->limits.features &= ~BLK_FEAT_IO_STAT;
#endif
}

static inline void dm_compat_acct_start(struct block_device *bdev, unsigned int sectors,
					enum req_op op, unsigned long start)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	bdev_start_io_acct(bdev, sectors, op, start);
#else
	bdev_start_io_acct(bdev, op, start);
#endif
}

static inline void dm_compat_acct_end(struct block_device *bdev, unsigned int sectors,
				      enum req_op op, unsigned long start)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	bdev_end_io_acct(bdev, op, start);
#else
	bdev_end_io_acct(bdev, op, sectors, start);
#endif
}

#endif

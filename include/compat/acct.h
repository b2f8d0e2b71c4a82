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

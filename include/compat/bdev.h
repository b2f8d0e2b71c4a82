/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opening, closing and freezing block devices, as Linux 6.12 does it.
 *
 * Bridged for older kernels:
 *  - 6.5 gave block devices a mode type of their own, blk_mode_t, in place of
 *    fmode_t, and made exclusive opening follow from a holder being given;
 *  - 6.5 dropped the block_device argument of ->open() and the mode argument
 *    of ->release() in struct block_device_operations;
 *  - 6.8 renamed freeze_bdev()/thaw_bdev() to bdev_freeze()/bdev_thaw();
 *  - 6.9 made an open block device a struct file, kept in struct dm_dev.
 */
#ifndef DM_COMPAT_BDEV_H
#define DM_COMPAT_BDEV_H

#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/file.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define blk_mode_t	fmode_t
#define BLK_OPEN_READ	FMODE_READ
#define BLK_OPEN_WRITE	FMODE_WRITE
#define BLK_OPEN_EXCL	FMODE_EXCL
#define bdev_freeze(bdev)	freeze_bdev(bdev)
#define bdev_thaw(bdev)		thaw_bdev(bdev)
#endif

/**
 * dm_compat_bdev_open() - open an underlying device exclusively
 * @d: result; bdev, mode (and the file, where the kernel has one) are filled in
 * @dev: device number
 * @mode: BLK_OPEN_READ, BLK_OPEN_WRITE or both
 * @holder: the claim; the same holder may open a device several times
 *
 * Context: may sleep. Return: 0 or a negative errno from the block layer.
 */
static inline int dm_compat_bdev_open(struct dm_dev *d, dev_t dev, blk_mode_t mode, void *holder)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	struct block_device *bdev = blkdev_get_by_dev(dev, mode | FMODE_EXCL, holder);

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	d->bdev = bdev;
#else
	struct file *file = bdev_file_open_by_dev(dev, mode, holder, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	d->bdev_file = file;
	d->bdev = file_bdev(file);
#endif
	d->mode = mode;
	return 0;
}

/**
 * dm_compat_bdev_close() - undo dm_compat_bdev_open()
 * @d: an open device
 *
 * Context: may sleep.
 */
static inline void dm_compat_bdev_close(struct dm_dev *d)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	blkdev_put(d->bdev, d->mode | FMODE_EXCL);
#else
	/*
	 * At once, not when the task returns to user space as bdev_fput() has
	 * it: who removes a stack of devices in one call finds each closed.
	 */
	__fput_sync(d->bdev_file);
#endif
	d->bdev = NULL;
}

/**
 * dm_compat_bdev_opens() - try to open a device for reading, and close it
 * @dev: device number
 *
 * Context: may sleep. Return: whether that went well.
 */
static inline bool dm_compat_bdev_opens(dev_t dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	struct block_device *bdev = blkdev_get_by_dev(dev, FMODE_READ, NULL);

	if (IS_ERR(bdev))
		return false;
	blkdev_put(bdev, FMODE_READ);
#else
	struct file *file = bdev_file_open_by_dev(dev, BLK_OPEN_READ, NULL, NULL);

	if (IS_ERR(file))
		return false;
	__fput_sync(file);
#endif
	return true;
}

/*
 * Arguments of ->open() and ->release() of struct block_device_operations, and
 * the disk that an open is for.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define DM_COMPAT_OPEN_ARGS	struct block_device *bdev, fmode_t mode
#define DM_COMPAT_OPEN_DISK	(bdev->bd_disk)
#define DM_COMPAT_RELEASE_ARGS	struct gendisk *disk, fmode_t mode
#else
#define DM_COMPAT_OPEN_ARGS	struct gendisk *disk, blk_mode_t mode
#define DM_COMPAT_OPEN_DISK	disk
#define DM_COMPAT_RELEASE_ARGS	struct gendisk *disk
#endif

/**
 * dm_compat_bdev_lookup() - device number of what a table calls a device
 * @path: a path, as the caller wrote it
 * @dev: result
 *
 * Up to 6.4 the kernel resolved the names that a root= argument may have
 * (such as PARTUUID=) for modules, too, through name_to_dev_t(). That one does
 * not say what is wrong with a name, so that all errors are one. Later kernels
 * keep such names to built-in code.
 *
 * Return: 0 or a negative errno, which callers see.
 */
static inline int dm_compat_bdev_lookup(const char *path, dev_t *dev)
{
	int r = lookup_bdev(path, dev);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	if (r) {
		*dev = name_to_dev_t(path);
		r = *dev ? 0 : -ENODEV;
	}
#endif
	return r;
}

#endif

// SPDX-License-Identifier: GPL-2.0
/* linear: a range of sectors of one underlying device. "DEV START" */
#include <linux/module.h>
#include <linux/slab.h>

#include "builtin.h"
#include "compat/bdev.h"
#include "dax.h"

struct linear {
	struct dm_dev *dev;
	sector_t start;
};

static int linear_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	unsigned long long start;
	struct linear *l;
	char rest;
	int r;

	if (argc != 2) {
		ti->error = "Invalid argument count";
		return -EINVAL;
	}
	if (sscanf(argv[1], "%llu%c", &start, &rest) != 1) {
		ti->error = "Invalid device sector";
		return -EINVAL;
	}
	l = kmalloc(sizeof(*l), GFP_KERNEL);
	if (!l) {
		ti->error = "Cannot allocate linear context";
		return -ENOMEM;
	}
	l->start = start;
	r = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &l->dev);
	if (r) {
		ti->error = "Device lookup failed";
		kfree(l);
		return r;
	}

	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_secure_erase_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->private = l;
	return 0;
}

static void linear_dtr(struct dm_target *ti)
{
	struct linear *l = ti->private;

	dm_put_device(ti, l->dev);
	kfree(l);
}

static int linear_map(struct dm_target *ti, struct bio *bio)
{
	const struct linear *l = ti->private;

	bio_set_dev(bio, l->dev->bdev);
	/* an empty flush is for no sector, a request for a zone for its first */
	if (bio_sectors(bio) || op_is_zone_mgmt(bio_op(bio)))
		bio->bi_iter.bi_sector = l->start +
					 dm_target_offset(ti, bio->bi_iter.bi_sector);
	return DM_MAPIO_REMAPPED;
}

static bool linear_flat(const struct dm_target *ti, struct dm_remap *to)
{
	const struct linear *l = ti->private;

	to->bdev = l->dev->bdev;
	to->sector = l->start;
	return true;
}

static void linear_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
			  char *result, unsigned int maxlen)
{
	const struct linear *l = ti->private;
	size_t sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		result[0] = '\0';
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s %llu", l->dev->name, (unsigned long long)l->start);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",device_name=%s,start=%llu;", l->dev->name,
		       (unsigned long long)l->start);
		break;
	}
}

static int linear_prepare_ioctl(struct dm_target *ti, struct block_device **bdev)
{
	const struct linear *l = ti->private;

	*bdev = l->dev->bdev;
	/* 1: what is passed on could reach sectors that are not ours */
	return l->start || ti->len != bdev_nr_sectors(l->dev->bdev);
}

#ifdef CONFIG_BLK_DEV_ZONED
static int linear_report_zones(struct dm_target *ti, struct dm_report_zones_args *args,
			       unsigned int nr_zones)
{
	const struct linear *l = ti->private;

	return dm_report_zones(l->dev->bdev, l->start,
			       l->start + dm_target_offset(ti, args->next_sector),
			       args, nr_zones);
}
#else
#define linear_report_zones NULL
#endif

#if IS_ENABLED(CONFIG_FS_DAX)
static pgoff_t linear_page(struct dm_target *ti, pgoff_t pgoff)
{
	const struct linear *l = ti->private;
	sector_t sector = (sector_t)pgoff << PAGE_SECTORS_SHIFT;

	return dm_dax_first_page(l->dev, l->start + dm_target_offset(ti, sector));
}

static long linear_direct_access(struct dm_target *ti, pgoff_t pgoff, long nr_pages,
				 enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	const struct linear *l = ti->private;

	return dax_direct_access(l->dev->dax_dev, linear_page(ti, pgoff), nr_pages, mode,
				 kaddr, pfn);
}

static int linear_dax_zero(struct dm_target *ti, pgoff_t pgoff, size_t nr_pages)
{
	const struct linear *l = ti->private;

	return dax_zero_page_range(l->dev->dax_dev, linear_page(ti, pgoff), nr_pages);
}

static size_t linear_dax_recover(struct dm_target *ti, pgoff_t pgoff, void *addr,
				 size_t bytes, struct iov_iter *iter)
{
	const struct linear *l = ti->private;

	return dax_recovery_write(l->dev->dax_dev, linear_page(ti, pgoff), addr, bytes, iter);
}
#else
#define linear_direct_access NULL
#define linear_dax_zero NULL
#define linear_dax_recover NULL
#endif

static int linear_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn,
				  void *data)
{
	const struct linear *l = ti->private;

	return fn(ti, l->dev, l->start, ti->len, data);
}

struct target_type dm_linear_type = {
	.name = "linear",
	.version = { 1, 4, 0 },
	.features = DM_TARGET_NOWAIT | DM_TARGET_PASSES_INTEGRITY | DM_TARGET_PASSES_CRYPTO |
		    DM_TARGET_ZONED_HM,
	.module = THIS_MODULE,
	.ctr = linear_ctr,
	.dtr = linear_dtr,
	.map = linear_map,
	.status = linear_status,
	.prepare_ioctl = linear_prepare_ioctl,
	.report_zones = linear_report_zones,
	.iterate_devices = linear_iterate_devices,
	.direct_access = linear_direct_access,
	.dax_zero_page_range = linear_dax_zero,
	.dax_recovery_write = linear_dax_recover,
};

const struct dm_type_ops dm_linear_ops = {
	.flat = linear_flat,
};

// SPDX-License-Identifier: GPL-2.0
/* linear: a range of sectors of one underlying device. "DEV START" */
#include <linux/module.h>

#include "builtin.h"
#include "compat/bdev.h"
#include "dax.h"

static int linear_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_area *area;
	int r;

	if (argc != 2) {
		ti->error = "Invalid argument count";
		return -EINVAL;
	}
	r = dm_area_create(ti, argv, &area);
	if (r)
		return r;

	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_secure_erase_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->private = area;
	return 0;
}

static void linear_dtr(struct dm_target *ti)
{
	dm_area_destroy(ti, ti->private);
}

static int linear_map(struct dm_target *ti, struct bio *bio)
{
	const struct dm_area *area = ti->private;

	bio_set_dev(bio, area->dev->bdev);
	/* an empty flush is for no sector, a request for a zone for its first */
	if (bio_sectors(bio) || op_is_zone_mgmt(bio_op(bio)))
		bio->bi_iter.bi_sector = area->start +
					 dm_target_offset(ti, bio->bi_iter.bi_sector);
	return DM_MAPIO_REMAPPED;
}

static bool linear_flat(const struct dm_target *ti, struct dm_remap *to)
{
	const struct dm_area *area = ti->private;

	to->bdev = area->dev->bdev;
	to->sector = area->start;
	return true;
}

static void linear_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
			  char *result, unsigned int maxlen)
{
	const struct dm_area *area = ti->private;
	size_t sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		result[0] = '\0';
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s %llu", area->dev->name, (unsigned long long)area->start);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",device_name=%s,start=%llu;", area->dev->name,
		       (unsigned long long)area->start);
		break;
	}
}

static int linear_prepare_ioctl(struct dm_target *ti, struct block_device **bdev)
{
	const struct dm_area *area = ti->private;

	*bdev = area->dev->bdev;
	/* 1: what is passed on could reach sectors that are not ours */
	return area->start || ti->len != bdev_nr_sectors(area->dev->bdev);
}

#if IS_ENABLED(CONFIG_FS_DAX)
static pgoff_t linear_page(struct dm_target *ti, pgoff_t pgoff)
{
	const struct dm_area *area = ti->private;
	sector_t sector = (sector_t)pgoff << PAGE_SECTORS_SHIFT;

	return dm_dax_first_page(area->dev, area->start + dm_target_offset(ti, sector));
}

static long linear_direct_access(struct dm_target *ti, pgoff_t pgoff, long nr_pages,
				 enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	const struct dm_area *area = ti->private;

	return dax_direct_access(area->dev->dax_dev, linear_page(ti, pgoff), nr_pages, mode,
				 kaddr, pfn);
}

static int linear_dax_zero(struct dm_target *ti, pgoff_t pgoff, size_t nr_pages)
{
	const struct dm_area *area = ti->private;

	return dax_zero_page_range(area->dev->dax_dev, linear_page(ti, pgoff), nr_pages);
}

static size_t linear_dax_recover(struct dm_target *ti, pgoff_t pgoff, void *addr,
				 size_t bytes, struct iov_iter *iter)
{
	const struct dm_area *area = ti->private;

	return dax_recovery_write(area->dev->dax_dev, linear_page(ti, pgoff), addr, bytes, iter);
}
#else
#define linear_direct_access NULL
#define linear_dax_zero NULL
#define linear_dax_recover NULL
#endif

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
	.report_zones = dm_area_report_zones,
	.iterate_devices = dm_area_iterate_devices,
	.direct_access = linear_direct_access,
	.dax_zero_page_range = linear_dax_zero,
	.dax_recovery_write = linear_dax_recover,
};

const struct dm_type_ops dm_linear_ops = {
	.flat = linear_flat,
};

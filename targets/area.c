// SPDX-License-Identifier: GPL-2.0
/* A range of sectors of one underlying device, as linear and error have it. */
#include <linux/slab.h>

#include "builtin.h"
#include "compat/bdev.h"

int dm_area_create(struct dm_target *ti, char **argv, struct dm_area **result)
{
	unsigned long long start;
	struct dm_area *area;
	char rest;
	int r;

	if (sscanf(argv[1], "%llu%c", &start, &rest) != 1) {
		ti->error = "Invalid device sector";
		return -EINVAL;
	}
	area = kmalloc(sizeof(*area), GFP_KERNEL);
	if (!area) {
		ti->error = "Cannot allocate context";
		return -ENOMEM;
	}
	area->start = start;
	r = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &area->dev);
	if (r) {
		ti->error = "Device lookup failed";
		kfree(area);
		return r;
	}
	*result = area;
	return 0;
}

void dm_area_destroy(struct dm_target *ti, struct dm_area *area)
{
	dm_put_device(ti, area->dev);
	kfree(area);
}

int dm_area_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	const struct dm_area *area = ti->private;

	return area ? fn(ti, area->dev, area->start, ti->len, data) : 0;
}

#ifdef CONFIG_BLK_DEV_ZONED
int dm_area_report_zones(struct dm_target *ti, struct dm_report_zones_args *args,
			 unsigned int nr_zones)
{
	const struct dm_area *area = ti->private;

	return dm_report_zones(area->dev->bdev, area->start,
			       area->start + dm_target_offset(ti, args->next_sector),
			       args, nr_zones);
}
#endif

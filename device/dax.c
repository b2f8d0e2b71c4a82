// SPDX-License-Identifier: GPL-2.0
/* Direct access to persistent memory below, see include/dax.h. */
#include <linux/mm.h>
#include <linux/uio.h>

#include "dax.h"
#include "device.h"
#include "split.h"
#include "table.h"

#define DM_MSG_PREFIX "core"

/* What is said of the memory below, gathered from all devices. */
struct memory {
	bool sync;		/* what is written is persistent once it is flushed from the CPU */
	bool write_cache;	/* some of it has to be flushed from the CPU */
	unsigned int devices;
};

static bool page_aligned(sector_t sector)
{
	return !(sector & (PAGE_SECTORS - 1));
}

static int memory_add(struct dm_target *ti, struct dm_dev *dev, sector_t start, sector_t len,
		      void *data)
{
	struct memory *memory = data;

	if (!dev->dax_dev || !page_aligned(get_start_sect(dev->bdev) + start))
		return 1;
	memory->sync &= dax_synchronous(dev->dax_dev);
	memory->write_cache |= dax_write_cache_enabled(dev->dax_dev);
	memory->devices++;
	return 0;
}

static bool target_fits(struct dm_target *ti, struct memory *memory)
{
	const struct target_type *tt = ti->type;

	memory->devices = 0;
	return tt->direct_access && tt->iterate_devices && page_aligned(ti->begin) &&
	       page_aligned(ti->len) && page_aligned(ti->max_io_len) &&
	       !tt->iterate_devices(ti, memory_add, memory) && memory->devices;
}

static bool table_fits(struct dm_table *t, struct memory *memory)
{
	unsigned int i;

	*memory = (struct memory) { .sync = true };
	for (i = 0; i < t->num_targets; i++) {
		if (!target_fits(&t->targets[i], memory))
			return false;
		cond_resched();
	}
	return t->type != DM_TYPE_REQUEST_BASED && t->num_targets;
}

/* Of @t the target that has page @pgoff of the device, and how many go to it at once. */
static struct dm_target *page_target(struct dm_table *t, pgoff_t pgoff, size_t *nr_pages)
{
	sector_t sector = (sector_t)pgoff << PAGE_SECTORS_SHIFT;
	struct dm_target *ti = t ? dm_table_find(t, sector) : NULL;

	*nr_pages = ti ? dm_split_len(sector - ti->begin, ti->len, ti->max_io_len, 0, ti->len) >>
			 PAGE_SECTORS_SHIFT : 0;
	return *nr_pages ? ti : NULL;
}

static long dax_access(struct dax_device *dax_dev, pgoff_t pgoff, long nr_pages,
		       enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	struct mapped_device *md = dax_get_private(dax_dev);
	struct dm_target *ti;
	struct dm_pin pin;
	long r = -EIO;
	size_t most;

	ti = page_target(dm_pin_get(&pin, md), pgoff, &most);
	if (ti && ti->type->direct_access)
		r = ti->type->direct_access(ti, pgoff, min_t(size_t, nr_pages, most), mode,
					    kaddr, pfn);
	dm_pin_put(&pin);
	return r;
}

static int dax_zero(struct dax_device *dax_dev, pgoff_t pgoff, size_t nr_pages)
{
	struct mapped_device *md = dax_get_private(dax_dev);
	struct dm_target *ti;
	struct dm_pin pin;
	struct dm_table *t = dm_pin_get(&pin, md);
	size_t most;
	int r = 0;

	while (!r && nr_pages) {
		ti = page_target(t, pgoff, &most);
		if (!ti || !ti->type->dax_zero_page_range) {
			r = -EIO;
			break;
		}
		most = min(most, nr_pages);
		r = ti->type->dax_zero_page_range(ti, pgoff, most);
		pgoff += most;
		nr_pages -= most;
	}
	dm_pin_put(&pin);
	return r;
}

static size_t dax_recover(struct dax_device *dax_dev, pgoff_t pgoff, void *addr, size_t bytes,
			  struct iov_iter *iter)
{
	struct mapped_device *md = dax_get_private(dax_dev);
	struct dm_target *ti;
	struct dm_pin pin;
	size_t most, r = 0;

	ti = page_target(dm_pin_get(&pin, md), pgoff, &most);
	/* what is left over is the caller's to write: it goes on where this ends */
	if (ti && ti->type->dax_recovery_write)
		r = ti->type->dax_recovery_write(ti, pgoff, addr,
						 min(bytes, (most << PAGE_SHIFT) -
							    offset_in_page(addr)), iter);
	dm_pin_put(&pin);
	return r;
}

static const struct dax_operations dax_ops = {
	.direct_access = dax_access,
	.zero_page_range = dax_zero,
	.recovery_write = dax_recover,
};

static int dax_create(struct mapped_device *md)
{
	struct dax_device *dax_dev = alloc_dax(md, &dax_ops);
	int r;

	if (IS_ERR_OR_NULL(dax_dev))
		return dax_dev ? PTR_ERR(dax_dev) : -EOPNOTSUPP;
	/* as the memory below has it: writes go past the caches, and bad memory is an error */
	set_dax_nocache(dax_dev);
	set_dax_nomc(dax_dev);
	r = dax_add_host(dax_dev, md->disk);
	if (r) {
		kill_dax(dax_dev);
		put_dax(dax_dev);
		return r;
	}
	md->dax_dev = dax_dev;
	return 0;
}

int dm_dax_prepare(struct mapped_device *md, struct dm_table *t)
{
	struct memory memory;
	int r = 0;

	lockdep_assert_held(&md->loads);
	t->dax = table_fits(t, &memory);
	if (!t->dax)
		return 0;
	if (!md->dax_dev)
		r = dax_create(md);
	else if (dax_synchronous(md->dax_dev) && !memory.sync)
		r = -EINVAL;
	if (r == -EINVAL)
		DMERR("%s: persistent memory that is not synchronous cannot follow such that is",
		      dm_device_name(md));
	else if (r)
		DMERR("%s: unable to set up direct access", dm_device_name(md));
	return r;
}

void dm_dax_follow(struct mapped_device *md, struct dm_table *t)
{
	struct memory memory;

	if (!t->dax || !table_fits(t, &memory))
		return;
	if (memory.sync)
		set_dax_synchronous(md->dax_dev);
	dax_write_cache(md->dax_dev, memory.write_cache);
}

void dm_dax_remove(struct mapped_device *md)
{
	if (!md->dax_dev)
		return;
	dax_remove_host(md->disk);
	kill_dax(md->dax_dev);
	put_dax(md->dax_dev);
	md->dax_dev = NULL;
}

// SPDX-License-Identifier: GPL-2.0
/* Commands on devices. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/hdreg.h>
#include <linux/kdev_t.h>

#include "control.h"
#include "device.h"
#include "event.h"
#include "index.h"
#include "table.h"
#include "verbs.h"

#define DM_MSG_PREFIX "ioctl"

/* By number: it may not be in the index yet, or any more. */
static struct mapped_device *find_number(struct dm_ioctl *hdr)
{
	struct mapped_device *md = hdr->dev ? dm_device_find(huge_decode_dev(hdr->dev)) : NULL;

	if (md && dm_index_names(md, hdr->name, hdr->uuid)) {
		dm_device_put(md);
		md = NULL;
	}
	return md;
}

static struct mapped_device *find(struct dm_ioctl *hdr)
{
	if (*hdr->uuid) {
		if (*hdr->name || hdr->dev) {
			DMERR("Invalid ioctl structure: uuid %s, name %s, dev %llx",
			      hdr->uuid, hdr->name, (unsigned long long)hdr->dev);
			return NULL;
		}
	} else if (!*hdr->name) {
		return find_number(hdr);
	} else if (hdr->dev) {
		DMERR("Invalid ioctl structure: name %s, dev %llx",
		      hdr->name, (unsigned long long)hdr->dev);
		return NULL;
	}
	return dm_index_find(hdr->name, hdr->uuid);
}

static void flag_set(struct dm_ioctl *hdr, u32 flag, bool on)
{
	if (on)
		hdr->flags |= flag;
	else
		hdr->flags &= ~flag;
}

struct mapped_device *dm_call_find(struct dm_call *call)
{
	struct dm_ioctl *hdr = call->req.hdr;
	struct mapped_device *md = find(hdr);

	/* whether there is one, not which: that needs no lock */
	if (md)
		flag_set(hdr, DM_INACTIVE_PRESENT_FLAG, READ_ONCE(md->inactive));
	return md;
}

/* Those of the flags that dm_call_describe() sets or clears. */
#define DESCRIBED	(DM_SUSPEND_FLAG | DM_INTERNAL_SUSPEND_FLAG | DM_ACTIVE_PRESENT_FLAG | \
			 DM_INACTIVE_PRESENT_FLAG | DM_READONLY_FLAG)

/* What the tables of a device say; returns flags. */
static u32 describe_tables(struct dm_ioctl *hdr, struct mapped_device *md, bool inactive)
	__must_hold(&md->slots)
{
	struct dm_table *t = rcu_dereference_protected(md->active,
						       lockdep_is_held(&md->slots));
	bool readonly = t && get_disk_ro(md->disk);
	u32 flags = 0;

	flags |= t ? DM_ACTIVE_PRESENT_FLAG : 0;
	flags |= md->inactive ? DM_INACTIVE_PRESENT_FLAG : 0;
	if (inactive) {
		t = md->inactive;
		readonly = t && !(t->mode & BLK_OPEN_WRITE);
	}
	flags |= readonly ? DM_READONLY_FLAG : 0;
	hdr->target_count = t ? t->num_targets : 0;
	return flags;
}

void dm_call_describe(struct dm_call *call, struct mapped_device *md)
{
	struct dm_ioctl *hdr = call->req.hdr;
	enum dm_state state = dm_state_get(md);
	u32 flags = hdr->flags & ~DESCRIBED;

	flags |= dm_state_suspended(state) ? DM_SUSPEND_FLAG : 0;
	flags |= dm_state_held(state) ? DM_INTERNAL_SUSPEND_FLAG : 0;
	/* a flag of the call itself as well, which comes back as it was given */
	if (test_bit(DM_DEV_REMOVE_ON_CLOSE, &md->flags))
		flags |= DM_DEFERRED_REMOVE;
	hdr->dev = huge_encode_dev(disk_devt(md->disk));
	hdr->open_count = dm_disk_open_count(md);
	hdr->event_nr = dm_device_event_nr(md);

	down_read(&md->slots);
	flags |= describe_tables(hdr, md, flags & DM_QUERY_INACTIVE_TABLE_FLAG);
	up_read(&md->slots);
	hdr->flags = flags;
}

int dm_cmd_remove_all(struct dm_call *call)
{
	dm_verb_remove_all(call->req.hdr->flags & DM_DEFERRED_REMOVE);
	return 0;
}

int dm_cmd_create(struct dm_call *call)
{
	struct dm_ioctl *hdr = call->req.hdr;
	struct mapped_device *md;
	int minor = DM_ANY_MINOR;
	int r;

	if (!*hdr->name) {
		DMERR("name not supplied when creating device");
		return -EINVAL;
	}
	if (hdr->flags & DM_PERSISTENT_DEV_FLAG)
		minor = MINOR(huge_decode_dev(hdr->dev));
	r = dm_verb_create(hdr->name, *hdr->uuid ? hdr->uuid : NULL, minor, &md);
	if (r)
		return r;
	dm_call_describe(call, md);
	dm_device_put(md);
	return 0;
}

int dm_cmd_remove(struct dm_call *call)
{
	struct dm_ioctl *hdr = call->req.hdr;
	struct mapped_device *md = dm_call_find(call);
	bool uevent = false;
	int r;

	if (!md)
		return -ENXIO;
	r = dm_verb_remove(md, hdr->flags & DM_DEFERRED_REMOVE, hdr->event_nr, &uevent);
	dm_device_put(md);
	/* the flag stays to say that the removal waits for the last close */
	if (r == -EINPROGRESS)
		return 0;
	hdr->flags &= ~DM_DEFERRED_REMOVE;
	flag_set(hdr, DM_UEVENT_GENERATED_FLAG, uevent);
	return r;
}

int dm_cmd_rename(struct dm_call *call)
{
	struct dm_ioctl *hdr = call->req.hdr;
	bool uuid = hdr->flags & DM_UUID_FLAG, uevent = false, inactive;
	size_t max = uuid ? DM_UUID_LEN : DM_NAME_LEN;
	const char *to = dm_request_string(&call->req);
	struct mapped_device *md;
	int r;

	if (!to || !*to || strlen(to) >= max) {
		DMERR("Invalid new mapped device name or uuid string supplied.");
		return -EINVAL;
	}
	r = dm_verb_rename(hdr->name, to, uuid, hdr->event_nr, &uevent, &md);
	if (r)
		return r;
	inactive = hdr->flags & DM_INACTIVE_PRESENT_FLAG;
	dm_call_describe(call, md);
	/* stock says nothing of the inactive slot here */
	flag_set(hdr, DM_INACTIVE_PRESENT_FLAG, inactive);
	flag_set(hdr, DM_UEVENT_GENERATED_FLAG, uevent);
	dm_device_put(md);
	return 0;
}

int dm_cmd_suspend(struct dm_call *call)
{
	struct dm_ioctl *hdr = call->req.hdr;
	bool lockfs = !(hdr->flags & DM_SKIP_LOCKFS_FLAG);
	bool noflush = hdr->flags & DM_NOFLUSH_FLAG;
	struct mapped_device *md = dm_call_find(call);
	bool uevent = false;
	int r;

	if (!md)
		return -ENXIO;
	if (hdr->flags & DM_SUSPEND_FLAG)
		r = dm_verb_suspend(md, lockfs, noflush);
	else
		r = dm_verb_resume(md, lockfs, noflush, hdr->event_nr, &uevent);
	if (!r) {
		dm_call_describe(call, md);
		flag_set(hdr, DM_UEVENT_GENERATED_FLAG, uevent);
	}
	dm_device_put(md);
	return r;
}

int dm_cmd_status(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);

	if (!md)
		return -ENXIO;
	dm_call_describe(call, md);
	dm_device_put(md);
	return 0;
}

int dm_cmd_wait(struct dm_call *call)
{
	struct mapped_device *md = dm_call_find(call);
	int r;

	if (!md)
		return -ENXIO;
	r = dm_device_event_wait(md, call->req.hdr->event_nr);
	if (!r) {
		dm_call_describe(call, md);
		dm_call_table_status(call, md);
	}
	dm_device_put(md);
	return r;
}

/* Words to numbers. Return true where there are four of them, and no more. */
static bool geometry_parse(const char *text, unsigned long value[4])
{
	char rest;

	return sscanf(text, "%lu %lu %lu %lu%c", &value[0], &value[1], &value[2], &value[3],
		      &rest) == 4;
}

int dm_cmd_geometry(struct dm_call *call)
{
	const char *text = dm_request_string(&call->req);
	unsigned long v[4];
	struct mapped_device *md;
	struct hd_geometry geo;
	int r;

	md = dm_call_find(call);
	if (!md)
		return -ENXIO;
	r = -EINVAL;
	if (!text) {
		DMERR("Invalid geometry supplied.");
		goto out;
	}
	if (!geometry_parse(text, v)) {
		DMERR("Unable to interpret geometry settings.");
		goto out;
	}
	/* the ranges of struct hd_geometry, though HDIO_GETGEO knows 255 heads */
	if (v[0] > 65535 || v[1] > 255 || v[2] > 255) {
		DMERR("Geometry exceeds range limits.");
		goto out;
	}
	if (v[3] > v[0] * v[1] * v[2]) {
		pr_err(DM_NAME ": core: Start sector is beyond the geometry limits.\n");
		goto out;
	}
	geo = (struct hd_geometry) {
		.cylinders = v[0], .heads = v[1], .sectors = v[2], .start = v[3],
	};
	down_write(&md->slots);
	md->geometry = geo;
	up_write(&md->slots);
	r = 0;
out:
	dm_device_put(md);
	return r;
}

int dm_cmd_arm_poll(struct dm_call *call)
{
	WRITE_ONCE(call->file->global_event_nr, dm_event_global_nr());
	return 0;
}

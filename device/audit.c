// SPDX-License-Identifier: GPL-2.0
/* Audit messages of targets, see include/audit.h. */
#include <linux/audit.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/module.h>

#include "audit.h"
#include "device.h"
#include "table.h"

static struct audit_buffer *message_start(int type, const char *module, const char *op)
{
	/* only a control call may wait for the audit daemon */
	gfp_t gfp = type == AUDIT_DM_CTRL ? GFP_KERNEL : GFP_ATOMIC;
	struct audit_buffer *ab;

	if (audit_enabled == AUDIT_OFF)
		return NULL;
	ab = audit_log_start(audit_context(), gfp, type);
	if (ab)
		audit_log_format(ab, "module=%s op=%s", module, op);
	return ab;
}

void dm_audit_log_bio(const char *module, const char *op, struct bio *bio, sector_t sector,
		      int result)
{
	struct audit_buffer *ab = message_start(AUDIT_DM_EVENT, module, op);
	dev_t dev = disk_devt(bio->bi_bdev->bd_disk);

	if (!ab)
		return;
	audit_log_format(ab, " dev=%u:%u sector=%llu res=%d", MAJOR(dev), MINOR(dev),
			 (unsigned long long)sector, result);
	audit_log_end(ab);
}
EXPORT_SYMBOL_GPL(dm_audit_log_bio);

void dm_audit_log_ti(int type, const char *module, const char *op, struct dm_target *ti,
		     int result)
{
	struct audit_buffer *ab = message_start(type, module, op);
	dev_t dev = disk_devt(ti->table->md->disk);

	if (!ab)
		return;
	if (type == AUDIT_DM_CTRL) {
		audit_log_task_info(ab);
		audit_log_format(ab, " dev=%u:%u error_msg='%s' res=%d", MAJOR(dev), MINOR(dev),
				 result ? "success" : ti->error, result);
	} else {
		audit_log_format(ab, " dev=%u:%u res=%d", MAJOR(dev), MINOR(dev), result);
	}
	audit_log_end(ab);
}
EXPORT_SYMBOL_GPL(dm_audit_log_ti);

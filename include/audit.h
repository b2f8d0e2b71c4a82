/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Audit messages of targets (AUDIT_DM_CTRL, AUDIT_DM_EVENT), for whom the
 * kernel's own tree declares these functions.
 */
#ifndef DM_AUDIT_H
#define DM_AUDIT_H

#include <linux/types.h>

struct bio;
struct dm_target;

/**
 * dm_audit_log_bio() - an event of a sector, AUDIT_DM_EVENT
 * @module: the target's name
 * @op: what happened
 * @bio: the I/O it happened to
 * @sector: where
 * @result: 1 for success, 0 for failure
 *
 * Context: any.
 */
void dm_audit_log_bio(const char *module, const char *op, struct bio *bio, sector_t sector,
		      int result);

/**
 * dm_audit_log_ti() - a control call or an event of a target
 * @type: AUDIT_DM_CTRL or AUDIT_DM_EVENT
 * @module: the target's name
 * @op: what was done, or happened
 * @ti: the target; its error is told where a control call has failed
 * @result: 1 for success, 0 for failure
 *
 * Context: may sleep for AUDIT_DM_CTRL, any for AUDIT_DM_EVENT.
 */
void dm_audit_log_ti(int type, const char *module, const char *op, struct dm_target *ti,
		     int result);

#endif

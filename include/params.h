/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Module parameters, read where they take effect. dm-core.c defines them; those of
 * boot-time creation, which are read only once, are in control/create.c.
 */
#ifndef DM_PARAMS_H
#define DM_PARAMS_H

/** dm_major_wanted() - parameter "major": block major to ask for, 0 for any */
unsigned int dm_major_wanted(void);

/** dm_numa_node() - parameter "dm_numa_node": an online node, or NUMA_NO_NODE */
int dm_numa_node(void);

/** dm_swap_bios_limit() - parameter "swap_bios": swap bios under way, at least 1 */
int dm_swap_bios_limit(void);

/**
 * dm_get_reserved_bio_based_ios() - parameter "reserved_bio_based_ios"
 *
 * How many clones a table keeps in reserve, 1 to 1024. Exported to targets.
 */
unsigned int dm_get_reserved_bio_based_ios(void);

/** dm_kcopyd_subjob_kb() - parameter "kcopyd_subjob_size_kb": in kB, 1 to 1024 */
unsigned int dm_kcopyd_subjob_kb(void);

/** dm_reserved_rq_based_ios() - parameter "reserved_rq_based_ios", 1 to 1024 */
unsigned int dm_reserved_rq_based_ios(void);

/** dm_request_hw_queues() - parameter "dm_mq_nr_hw_queues", 1 to 32 */
unsigned int dm_request_hw_queues(void);

/** dm_request_depth() - parameter "dm_mq_queue_depth", 1 to BLK_MQ_MAX_DEPTH */
unsigned int dm_request_depth(void);

#endif

// SPDX-License-Identifier: GPL-2.0
/* Module parameters; the order in which the parts start and stop. */
#include <linux/blk-mq.h>
#include <linux/device-mapper.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include "control.h"
#include "create.h"
#include "device.h"
#include "hook.h"
#include "ima.h"
#include "io.h"
#include "params.h"
#include "stats.h"
#include "target.h"
#include "verbs.h"

#define DM_MSG_PREFIX "core"

static unsigned int major;
module_param(major, uint, 0);
MODULE_PARM_DESC(major, "Block major number to ask for (0: any)");

#define RESERVED_IOS_DEFAULT	16
#define RESERVED_IOS_MAX	1024

static unsigned int reserved_bio_based_ios = RESERVED_IOS_DEFAULT;
module_param(reserved_bio_based_ios, uint, 0644);
MODULE_PARM_DESC(reserved_bio_based_ios, "Bio clones that each table keeps in reserve (1 to 1024)");

#define RESERVED_RQ_IOS_DEFAULT	256

static unsigned int reserved_rq_based_ios = RESERVED_RQ_IOS_DEFAULT;
module_param(reserved_rq_based_ios, uint, 0644);
MODULE_PARM_DESC(reserved_rq_based_ios, "Bios of requests' clones that each table keeps in reserve (1 to 1024)");

static bool use_blk_mq = true;
module_param(use_blk_mq, bool, 0644);
MODULE_PARM_DESC(use_blk_mq, "Request-based devices use blk-mq; they always do, whatever this says");

#define HW_QUEUES_DEFAULT	1
#define HW_QUEUES_MAX		32

static unsigned int dm_mq_nr_hw_queues = HW_QUEUES_DEFAULT;
module_param(dm_mq_nr_hw_queues, uint, 0644);
MODULE_PARM_DESC(dm_mq_nr_hw_queues, "Hardware queues of a request-based device (1 to 32)");

#define DEPTH_DEFAULT		2048

static unsigned int dm_mq_queue_depth = DEPTH_DEFAULT;
module_param(dm_mq_queue_depth, uint, 0644);
MODULE_PARM_DESC(dm_mq_queue_depth, "Depth of the queues of a request-based device (1 to 10240)");

static int wanted_node = NUMA_NO_NODE;
module_param_named(dm_numa_node, wanted_node, int, 0644);
MODULE_PARM_DESC(dm_numa_node, "NUMA node for the memory of mapped devices (-1: any)");

#define SWAP_BIOS_DEFAULT	((int)(SZ_8M / PAGE_SIZE))

static int swap_bios = SWAP_BIOS_DEFAULT;
module_param(swap_bios, int, 0644);
MODULE_PARM_DESC(swap_bios, "Swap bios under way in a device whose targets limit them");

#define SUBJOB_KB_DEFAULT	512
#define SUBJOB_KB_MAX		1024

static unsigned int kcopyd_subjob_size_kb = SUBJOB_KB_DEFAULT;
module_param(kcopyd_subjob_size_kb, uint, 0644);
MODULE_PARM_DESC(kcopyd_subjob_size_kb, "What new kcopyd clients copy at a time, in kB (1 to 1024)");

module_param_named(stats_current_allocated_bytes, dm_stats_bytes, ulong, 0444);
MODULE_PARM_DESC(stats_current_allocated_bytes, "Memory that statistics take at present");

unsigned int dm_major_wanted(void)
{
	return major;
}

int dm_numa_node(void)
{
	int was = READ_ONCE(wanted_node);
	int node = clamp_t(int, was, NUMA_NO_NODE, num_online_nodes() - 1);

	/* who reads the parameter sees what is in use, as with stock; see param_within() */
	if (node != was)
		cmpxchg(&wanted_node, was, node);
	return node >= 0 && node_online(node) ? node : NUMA_NO_NODE;
}

int dm_swap_bios_limit(void)
{
	int limit = READ_ONCE(swap_bios);

	return limit > 0 ? limit : SWAP_BIOS_DEFAULT;
}

/* Zero stands for the default. Who reads the parameter sees what is in use, as with stock. */
static unsigned int param_within(unsigned int *param, unsigned int otherwise, unsigned int most)
{
	unsigned int was = READ_ONCE(*param), value = was ? min(was, most) : otherwise;

	/* unless it was just written again */
	if (value != was)
		cmpxchg(param, was, value);
	return value;
}

unsigned int dm_get_reserved_bio_based_ios(void)
{
	return param_within(&reserved_bio_based_ios, RESERVED_IOS_DEFAULT, RESERVED_IOS_MAX);
}
EXPORT_SYMBOL_GPL(dm_get_reserved_bio_based_ios);

/* What it shows is what was in force last, unless somebody has changed it meanwhile. */
unsigned int dm_kcopyd_subjob_kb(void)
{
	return param_within(&kcopyd_subjob_size_kb, SUBJOB_KB_DEFAULT, SUBJOB_KB_MAX);
}

unsigned int dm_reserved_rq_based_ios(void)
{
	return param_within(&reserved_rq_based_ios, RESERVED_RQ_IOS_DEFAULT, RESERVED_IOS_MAX);
}

unsigned int dm_request_hw_queues(void)
{
	return param_within(&dm_mq_nr_hw_queues, HW_QUEUES_DEFAULT, HW_QUEUES_MAX);
}

unsigned int dm_request_depth(void)
{
	return param_within(&dm_mq_queue_depth, DEPTH_DEFAULT, BLK_MQ_MAX_DEPTH);
}

/* Started in this order, stopped in the reverse; who makes devices comes last. */
static const struct {
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{ dm_hooks_start, dm_hooks_stop },
	{ dm_clones_start, dm_clones_stop },
	{ dm_disk_start, dm_disk_stop },
	{ dm_verbs_start, dm_verbs_stop },
	{ dm_builtin_start, dm_builtin_stop },
	{ dm_control_start, dm_control_stop },
	{ dm_create_start, dm_create_stop },
};

static void parts_stop(unsigned int n)
{
	while (n--)
		parts[n].stop();
}

static int __init dm_core_init(void)
{
	unsigned int i;
	int r;

	dm_ima_announce();
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		r = parts[i].start();
		if (r) {
			parts_stop(i);
			return r;
		}
	}
	return 0;
}

static void __exit dm_core_exit(void)
{
	parts_stop(ARRAY_SIZE(parts));
	/* the memory of the last devices is freed from RCU callbacks */
	rcu_barrier();
}

module_init(dm_core_init);
module_exit(dm_core_exit);

/* The stock module has no version: /sys/module/dm_mod/version is only there with this one. */
MODULE_VERSION("0.1.0");
MODULE_DESCRIPTION("dm-core: a device-mapper core");
MODULE_AUTHOR("the dm-core developers");
MODULE_LICENSE("GPL");

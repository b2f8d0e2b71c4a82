// SPDX-License-Identifier: GPL-2.0
/* Counting the I/O of a device: the slow half of include/inflight.h. */
#include <linux/cpumask.h>
#include <linux/sched/signal.h>

#include "inflight.h"

int dm_inflight_init(struct dm_inflight *in)
{
	in->draining = false;
	init_waitqueue_head(&in->wait);
	in->cpu = alloc_percpu(struct dm_inflight_cpu);
	return in->cpu ? 0 : -ENOMEM;
}

void dm_inflight_exit(struct dm_inflight *in)
{
	free_percpu(in->cpu);
	in->cpu = NULL;
}

unsigned long dm_inflight_sum(const struct dm_inflight *in)
{
	unsigned long started = 0, finished = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		finished += READ_ONCE(per_cpu_ptr(in->cpu, cpu)->finished);
	/* a finish that is counted here has its start counted below */
	smp_rmb();
	for_each_possible_cpu(cpu)
		started += READ_ONCE(per_cpu_ptr(in->cpu, cpu)->started);
	return started - finished;
}

void dm_inflight_drain_begin(struct dm_inflight *in)
{
	WRITE_ONCE(in->draining, true);
	synchronize_rcu_expedited();
}

int dm_inflight_drain(struct dm_inflight *in, unsigned int task_state)
{
	DEFINE_WAIT(wait);
	int r = 0;

	for (;;) {
		prepare_to_wait(&in->wait, &wait, task_state);
		if (!dm_inflight_sum(in))
			break;
		if (signal_pending_state(task_state, current)) {
			r = -EINTR;
			break;
		}
		io_schedule();
	}
	finish_wait(&in->wait, &wait);
	/* pairs with the barrier before the last finish */
	smp_mb();
	return r;
}

void dm_inflight_drain_end(struct dm_inflight *in)
{
	WRITE_ONCE(in->draining, false);
}

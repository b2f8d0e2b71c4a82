/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting the I/O of a device, and waiting until there is none.
 *
 * Two counters a CPU: started and finished. An I/O may finish on another CPU
 * than it started on, so only the sums mean something. No shared cache line
 * and no memory barrier is touched while nobody waits:
 *
 *  - who starts an I/O looks at the gate and counts with preemption off;
 *  - who finishes one counts and looks at @draining with preemption off;
 *  - who drains closes the gate and sets @draining, waits one grace period,
 *    and then compares the sums. After the grace period every start is
 *    counted (later ones see the gate closed), so the sum of started only
 *    falls behind; every finish that saw @draining unset is counted as well;
 *    and every later one wakes the waiter.
 *
 * The sum of finished is read before the sum of started, so a sum that agrees
 * was true at one moment.
 *
 * With preemption off is an RCU read section that costs no call.
 */
#ifndef DM_INFLIGHT_H
#define DM_INFLIGHT_H

#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

struct dm_inflight_cpu {
	unsigned long started;
	unsigned long finished;
};

struct dm_inflight {
	struct dm_inflight_cpu __percpu *cpu;
	bool draining;
	wait_queue_head_t wait;
};

/**
 * dm_inflight_init() - allocate the counters
 * @in: the counters of a device
 *
 * Return: 0 or -ENOMEM.
 */
int dm_inflight_init(struct dm_inflight *in);

/**
 * dm_inflight_exit() - free the counters
 * @in: the counters; nothing is under way and an RCU grace period has passed
 */
void dm_inflight_exit(struct dm_inflight *in);

/**
 * dm_inflight_start() - count an I/O
 * @in: the counters
 *
 * Context: preemption still off as when the gate was seen open; or the caller
 * is itself counted.
 */
static inline void dm_inflight_start(struct dm_inflight *in)
{
	this_cpu_inc(in->cpu->started);
}

/**
 * dm_inflight_finish() - an I/O has ended
 * @in: the counters
 *
 * The device may be gone when this returns, unless the caller has a reference.
 *
 * Context: any.
 */
static inline void dm_inflight_finish(struct dm_inflight *in)
{
	preempt_disable();
	/*
	 * What the I/O did to the table comes before it counts as ended. A
	 * barrier for the compiler only where stores are not reordered (x86).
	 */
	smp_mb__before_atomic();
	this_cpu_inc(in->cpu->finished);
	if (unlikely(READ_ONCE(in->draining))) {
		/* waking may sleep on a kernel for real time */
		rcu_read_lock();
		preempt_enable();
		wake_up_all(&in->wait);
		rcu_read_unlock();
		return;
	}
	preempt_enable();
}

/**
 * dm_inflight_sum() - how many I/Os are under way
 * @in: the counters
 *
 * Exact only while draining, as a count of what is left; otherwise a number
 * of the right size.
 */
unsigned long dm_inflight_sum(const struct dm_inflight *in);

/**
 * dm_inflight_drain_begin() - after the gate was closed: let the sums settle
 * @in: the counters
 *
 * Waits for one expedited RCU grace period.
 */
void dm_inflight_drain_begin(struct dm_inflight *in);

/**
 * dm_inflight_drain() - wait until nothing is under way
 * @in: the counters, after dm_inflight_drain_begin()
 * @task_state: TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE
 *
 * Return: 0, or -EINTR for a signal.
 */
int dm_inflight_drain(struct dm_inflight *in, unsigned int task_state);

/**
 * dm_inflight_drain_end() - nobody waits any more
 * @in: the counters
 */
void dm_inflight_drain_end(struct dm_inflight *in);

#endif

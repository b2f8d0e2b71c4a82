// SPDX-License-Identifier: GPL-2.0
/* Counting I/O and waiting for none, on several CPUs: include/inflight.h. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/random.h>

#include "fixture.h"
#include "inflight.h"
#include "kunit.h"

static void inflight_test_exit(struct kunit *test)
{
	struct dm_inflight *in = test->priv;

	if (!in)
		return;
	synchronize_rcu();
	dm_inflight_exit(in);
}

static int inflight_test_init(struct kunit *test)
{
	struct dm_inflight *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	int r;

	if (!in)
		return -ENOMEM;
	r = dm_inflight_init(in);
	if (!r)
		test->priv = in;
	return r;
}

static void start(struct dm_inflight *in)
{
	rcu_read_lock();
	dm_inflight_start(in);
	rcu_read_unlock();
}

static void inflight_is_zero_at_first(struct kunit *test)
{
	struct dm_inflight *in = test->priv;

	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
	dm_inflight_drain_begin(in);
	KUNIT_EXPECT_EQ(test, dm_inflight_drain(in, TASK_UNINTERRUPTIBLE), 0);
	dm_inflight_drain_end(in);
}

static void inflight_counts_up_and_down(struct kunit *test)
{
	struct dm_inflight *in = test->priv;
	unsigned long i;

	for (i = 0; i < 1000; i++) {
		KUNIT_ASSERT_EQ(test, dm_inflight_sum(in), i);
		start(in);
	}
	for (; i; i--) {
		KUNIT_ASSERT_EQ(test, dm_inflight_sum(in), i);
		dm_inflight_finish(in);
	}
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
}

/* The counters wrap around: only their difference means something. */
static void inflight_sum_survives_a_wrap(struct kunit *test)
{
	struct dm_inflight *in = test->priv;
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu_ptr(in->cpu, cpu)->started = ULONG_MAX;
		per_cpu_ptr(in->cpu, cpu)->finished = ULONG_MAX;
	}
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
	start(in);
	start(in);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 2UL);
	dm_inflight_finish(in);
	dm_inflight_finish(in);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
}

static int drain_job(struct fx_job *job)
{
	struct dm_inflight *in = job->context;

	dm_inflight_drain_begin(in);
	return dm_inflight_drain(in, TASK_UNINTERRUPTIBLE);
}

static int drain_interruptible_job(struct fx_job *job)
{
	struct dm_inflight *in = job->context;

	allow_signal(SIGTERM);
	dm_inflight_drain_begin(in);
	return dm_inflight_drain(in, TASK_INTERRUPTIBLE);
}

static bool is_waited_for(struct dm_inflight *in)
{
	/* asked again and again, so no barrier pairs with it */
	return READ_ONCE(in->draining) && waitqueue_active(&in->wait);
}

static void drain_waits_for_what_is_under_way(struct kunit *test)
{
	struct dm_inflight *in = test->priv;
	struct fx_job *job;

	start(in);
	start(in);
	job = fx_job_start(test, drain_job, in);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(is_waited_for(in)));
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	dm_inflight_finish(in);
	/* one is left: woken, the waiter goes back to wait */
	KUNIT_EXPECT_TRUE(test, FX_WAIT(is_waited_for(in)));
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 1UL);
	dm_inflight_finish(in);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
	dm_inflight_drain_end(in);
}

static void drain_ends_with_a_signal_where_it_may(struct kunit *test)
{
	struct dm_inflight *in = test->priv;
	struct fx_job *job;

	start(in);
	job = fx_job_start(test, drain_interruptible_job, in);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(is_waited_for(in)));
	send_sig(SIGTERM, job->task, 1);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), -EINTR);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 1UL);
	dm_inflight_drain_end(in);
	dm_inflight_finish(in);
}

static int finish_job(struct fx_job *job)
{
	dm_inflight_finish(job->context);
	return smp_processor_id();
}

/* Started here, finished on every CPU. */
static void inflight_may_finish_on_another_cpu(struct kunit *test)
{
	struct dm_inflight *in = test->priv;
	struct fx_job *job;
	int cpu;

	for_each_online_cpu(cpu)
		start(in);
	for_each_online_cpu(cpu) {
		job = fx_job_start_on(test, cpu, finish_job, in);
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), cpu);
	}
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(in), 0UL);
}

/*
 * The protocol as the I/O path uses it: a gate, I/O that starts on one CPU and
 * finishes on another, and drains. What is drained must be all there is.
 */
struct traffic {
	struct dm_inflight *in;
	bool closed;
	bool stop;
	atomic_t under_way;	/* the truth, seen by all CPUs */
	atomic_t handed;	/* started here, to be finished by whoever comes */
	atomic_t total;
};

static int traffic_job(struct fx_job *job)
{
	struct traffic *t = job->context;

	while (!READ_ONCE(t->stop)) {
		rcu_read_lock();
		if (!READ_ONCE(t->closed)) {
			atomic_inc(&t->under_way);
			dm_inflight_start(t->in);
			atomic_inc(&t->handed);
			atomic_inc(&t->total);
		}
		rcu_read_unlock();
		cond_resched();
		while (atomic_add_unless(&t->handed, -1, 0)) {
			atomic_dec(&t->under_way);
			dm_inflight_finish(t->in);
		}
	}
	return 0;
}

#define DRAINS 40

static void drain_under_traffic_leaves_nothing_under_way(struct kunit *test)
{
	struct traffic *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct fx_job *jobs[4];
	unsigned int i, before;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->in = test->priv;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		jobs[i] = fx_job_start(test, traffic_job, t);

	for (i = 0; i < DRAINS; i++) {
		before = atomic_read(&t->total);
		if (!FX_WAIT(atomic_read(&t->total) > before + 10)) {
			KUNIT_FAIL(test, "no traffic");
			break;
		}
		WRITE_ONCE(t->closed, true);
		dm_inflight_drain_begin(t->in);
		KUNIT_EXPECT_EQ(test, dm_inflight_drain(t->in, TASK_UNINTERRUPTIBLE), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->under_way), 0);
		before = atomic_read(&t->total);
		msleep(1 + get_random_u32() % 4);
		KUNIT_EXPECT_EQ(test, dm_inflight_sum(t->in), 0UL);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->total), before);
		dm_inflight_drain_end(t->in);
		WRITE_ONCE(t->closed, false);
	}
	WRITE_ONCE(t->stop, true);
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, jobs[i]), 0);
	while (atomic_add_unless(&t->handed, -1, 0))
		dm_inflight_finish(t->in);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(t->in), 0UL);
}

static struct kunit_case inflight_cases[] = {
	KUNIT_CASE(inflight_is_zero_at_first),
	KUNIT_CASE(inflight_counts_up_and_down),
	KUNIT_CASE(inflight_sum_survives_a_wrap),
	KUNIT_CASE(inflight_may_finish_on_another_cpu),
	KUNIT_CASE(drain_waits_for_what_is_under_way),
	KUNIT_CASE(drain_ends_with_a_signal_where_it_may),
	KUNIT_CASE(drain_under_traffic_leaves_nothing_under_way),
	{ }
};

static struct kunit_suite inflight_suite = {
	.name = "dm_inflight",
	.init = inflight_test_init,
	.exit = inflight_test_exit,
	.test_cases = inflight_cases,
};

kunit_test_suite(inflight_suite);

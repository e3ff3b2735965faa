/* The promises of include/provisor.h, seen from C and C++. Built with the feature panic-job, whose job `test.panic`
   asks for the host's settings and then reports, or panics when the zone is "panic". Prints one line for each promise;
   the first that does not hold ends the program. */
#include <provisor.h>
#include <provisor.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB32 ((size_t)32 * 1024 * 1024)

static const char CONFIG[] = "{\"v\":1,\"job\":\"test.panic\",\"now\":\"2026-01-01T00:00:00Z\",\"limits\":[],\"input\":[]}";
static const char REPLY[] = "{\"v\":1,\"id\":\"1\",\"now\":\"2026-01-01T00:00:01Z\",\"value\":{\"time_zone\":\"UTC\"}}";
static const char PANIC[] = "{\"v\":1,\"id\":\"1\",\"value\":{\"time_zone\":\"panic\"}}";
static const char REQUEST[] = "{\"v\":1,\"used_kb\":\"2097152\",\"included_mb\":\"1500\",\"price_per_mb\":\"0.02\","
                              "\"rate\":\"1\",\"digits\":2,\"kb\":\"1024\",\"threshold\":\"0.10\"}";

/* What the last call answered, copied: with a NUL, and safe from the next step. */
static char last[4096];

#define HOLDS(what)                                                               \
    do {                                                                          \
        if (!(what)) {                                                            \
            fprintf(stderr, "line %d does not hold: %s\n%s\n", __LINE__, #what, last); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

static void keep(const char *out, size_t len) {
    HOLDS(out != NULL && len < sizeof last);
    memcpy(last, out, len);
    last[len] = 0;
}

static int32_t step(provisor_session *s, const char *reply, size_t len) {
    const char *out = NULL;
    size_t out_len = 0;
    int32_t told = provisor_session_step(s, reply, len, &out, &out_len);
    keep(out, out_len);
    return told;
}

static int32_t error(const provisor_session *s) {
    const char *out = NULL;
    size_t out_len = 0;
    int32_t told = provisor_session_error(s, &out, &out_len);
    keep(out, out_len);
    return told;
}

static provisor_session *fresh(void) {
    provisor_session *s = provisor_session_new(CONFIG, sizeof CONFIG - 1);
    HOLDS(s != NULL);
    return s;
}

static provisor_session *waiting(void) {
    provisor_session *s = fresh();
    HOLDS(step(s, NULL, 0) == PROVISOR_STEP_OP);
    return s;
}

static int32_t good(provisor_session *s) { return step(s, REPLY, sizeof REPLY - 1); }
static int says(const char *word) { return strstr(last, word) != NULL; }

static void the_library_is_the_one_of_this_header(void) {
    HOLDS(provisor_abi_version() == PROVISOR_ABI_VERSION);
    HOLDS(strlen(provisor_version()) >= 5);
    HOLDS(strstr(provisor_build_info(), provisor_version()) != NULL);
}

static void a_job_asks_and_reports(void) {
    provisor_session *s = waiting();
    HOLDS(says("\"op\":\"host.settings\"") && says("\"id\":\"1\""));
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    HOLDS(says("The zone is UTC."));
    HOLDS(error(s) == 0 && last[0] == 0);
    provisor_session_free(s);
}

static void every_null_is_refused(void) {
    const char *out = NULL;
    size_t len = 0;
    provisor_session *s;
    provisor_session_free(NULL);
    HOLDS(step(NULL, NULL, 0) == PROVISOR_CLASS_MISUSE_NULL && says("session.null"));
    HOLDS(error(NULL) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_session_step(NULL, NULL, 0, NULL, NULL) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_session_error(NULL, NULL, NULL) == PROVISOR_CLASS_MISUSE_NULL);
    s = fresh();
    HOLDS(provisor_session_step(s, NULL, 0, NULL, &len) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(error(s) == PROVISOR_CLASS_MISUSE_NULL && says("out.null"));
    HOLDS(provisor_session_step(s, NULL, 0, &out, NULL) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_session_error(s, NULL, &len) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_session_error(s, &out, NULL) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(out == NULL && len == 0);
    HOLDS(step(s, NULL, 0) == PROVISOR_STEP_OP);
    HOLDS(step(s, NULL, 1) == PROVISOR_CLASS_MISUSE_NULL && says("reply.null"));
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    provisor_session_free(s);
    s = provisor_session_new(NULL, 0);
    HOLDS(error(s) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.not_json"));
    provisor_session_free(s);
    s = provisor_session_new(NULL, 1);
    HOLDS(error(s) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.null"));
    provisor_session_free(s);
}

static void a_bad_config_is_told_by_every_step(void) {
    static const char unknown[] = "{\"v\":1,\"job\":\"no.such\",\"now\":\"2026-01-01T00:00:00Z\"}";
    provisor_session *s = provisor_session_new(unknown, sizeof unknown - 1);
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.job"));
    HOLDS(good(s) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.job"));
    HOLDS(error(s) == PROVISOR_CLASS_CONFIG_UNKNOWN);
    provisor_session_free(s);
    s = provisor_session_new("\xff\xfe", 2);
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.not_utf8"));
    provisor_session_free(s);
}

static void a_wrong_order_changes_nothing(void) {
    provisor_session *s = fresh();
    HOLDS(good(s) == PROVISOR_CLASS_MISUSE_ORDER && says("session.no_op_yet"));
    HOLDS(step(s, NULL, 0) == PROVISOR_STEP_OP);
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_MISUSE_ORDER && says("session.reply_missing"));
    HOLDS(step(s, "", 0) == PROVISOR_CLASS_MISUSE_ORDER);
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_MISUSE_ORDER && says("session.ended"));
    HOLDS(good(s) == PROVISOR_CLASS_MISUSE_ORDER && says("session.ended"));
    provisor_session_free(s);
}

static void a_message_that_is_none_changes_nothing(void) {
    provisor_session *s = waiting();
    HOLDS(step(s, "\xc3\x28", 2) == PROVISOR_CLASS_MISUSE_MESSAGE && says("message.not_utf8"));
    HOLDS(step(s, "{", 1) == PROVISOR_CLASS_MISUSE_MESSAGE && says("message.not_json"));
    HOLDS(step(s, REPLY, sizeof REPLY) == PROVISOR_CLASS_MISUSE_MESSAGE); /* its NUL included */
    HOLDS(step(s, "{\"v\":1,\"id\":\"2\",\"value\":{}}", 27) == PROVISOR_CLASS_MISUSE_MESSAGE && says("reply.id"));
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    provisor_session_free(s);
}

/* A message of `size` bytes: `head`, as many letters as are wanted, `tail`. */
static void filled(char *large, const char *head, const char *tail, size_t size) {
    memset(large, 'x', size);
    memcpy(large, head, strlen(head));
    memcpy(large + size - strlen(tail), tail, strlen(tail));
}

static void thirty_two_mib_are_read_and_more_is_not(void) {
    static const char reply[] = "{\"v\":1,\"id\":\"1\",\"value\":{\"time_zone\":\"UTC\"},\"unknown\":\"";
    static const char config[] = "{\"v\":1,\"job\":\"test.panic\",\"now\":\"2026-01-01T00:00:00Z\",\"input\":[\"";
    char *large = (char *)malloc(MIB32 + 1);
    provisor_session *s = waiting();
    HOLDS(large != NULL);
    filled(large, reply, "\"}", MIB32 + 1);
    HOLDS(step(s, large, MIB32 + 1) == PROVISOR_CLASS_MISUSE_TOO_LARGE && says("message.too_large"));
    HOLDS(step(s, REPLY, SIZE_MAX) == PROVISOR_CLASS_MISUSE_TOO_LARGE);
    filled(large, reply, "\"}", MIB32);
    HOLDS(step(s, large, MIB32) == PROVISOR_STEP_REPORT);
    provisor_session_free(s);
    filled(large, config, "\"]}", MIB32);
    s = provisor_session_new(large, MIB32);
    HOLDS(step(s, NULL, 0) == PROVISOR_STEP_OP);
    provisor_session_free(s);
    filled(large, config, "\"]}", MIB32 + 1);
    s = provisor_session_new(large, MIB32 + 1);
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_CONFIG_UNKNOWN && says("config.too_large"));
    provisor_session_free(s);
    free(large);
}

static void an_error_lasts_until_the_next_step(void) {
    const char *first = NULL, *second = NULL;
    size_t first_len = 0, second_len = 0;
    provisor_session *s = waiting();
    HOLDS(provisor_session_step(s, "{", 1, &first, &first_len) == PROVISOR_CLASS_MISUSE_MESSAGE);
    HOLDS(provisor_session_error(s, &second, &second_len) == PROVISOR_CLASS_MISUSE_MESSAGE);
    HOLDS(first_len == second_len && memcmp(first, second, first_len) == 0);
    provisor_session_free(s);
}

static void a_free_in_the_middle_cancels(void) {
    provisor_session_free(fresh());
    provisor_session_free(waiting());
}

static void a_panic_stays_inside_and_is_told_again(void) {
    provisor_session *s = waiting();
    HOLDS(step(s, PANIC, sizeof PANIC - 1) == PROVISOR_CLASS_INTERNAL);
    HOLDS(says("internal.panic") && says("src/start.rs:") && !says("secret"));
    HOLDS(step(s, NULL, 0) == PROVISOR_CLASS_INTERNAL && says("internal.panic"));
    HOLDS(good(s) == PROVISOR_CLASS_INTERNAL);
    HOLDS(error(s) == PROVISOR_CLASS_INTERNAL);
    provisor_session_free(s);
    s = waiting();
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    provisor_session_free(s);
}

static void overage_computes_into_a_buffer_of_the_caller(void) {
    char out[256];
    size_t len = 0, needed;
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, out, sizeof out, &len) == 0);
    keep(out, len);
    HOLDS(says("\"amount\":\"10.96\"") && says("\"over_mb\":\"548\"") && says("\"invoice\":true"));
    needed = len;
    memset(out, '.', sizeof out);
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, out, needed - 1, &len) == PROVISOR_CLASS_MISUSE_BUFFER);
    HOLDS(len == needed && out[0] == '.');
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, NULL, 0, &len) == PROVISOR_CLASS_MISUSE_BUFFER);
    HOLDS(len == needed);
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, out, needed, &len) == 0);
    HOLDS(provisor_overage(NULL, 0, out, sizeof out, &len) == PROVISOR_CLASS_MISUSE_MESSAGE);
    HOLDS(provisor_overage(NULL, 1, out, sizeof out, &len) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, NULL, 1, &len) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_overage(REQUEST, sizeof REQUEST - 1, out, sizeof out, NULL) == PROVISOR_CLASS_MISUSE_NULL);
    HOLDS(provisor_overage(REQUEST, SIZE_MAX, out, sizeof out, &len) == PROVISOR_CLASS_MISUSE_TOO_LARGE);
    HOLDS(provisor_overage("\xff", 1, out, sizeof out, &len) == PROVISOR_CLASS_MISUSE_MESSAGE);
}

static void *one_thread(void *unused) {
    int i;
    (void)unused;
    for (i = 0; i < 50; i++) {
        const char *out = NULL;
        size_t len = 0;
        provisor_session *s = provisor_session_new(CONFIG, sizeof CONFIG - 1);
        const char *reply = i % 10 == 9 ? PANIC : REPLY;
        int32_t expected = i % 10 == 9 ? (int32_t)PROVISOR_CLASS_INTERNAL : (int32_t)PROVISOR_STEP_REPORT;
        HOLDS(provisor_session_step(s, NULL, 0, &out, &len) == PROVISOR_STEP_OP);
        HOLDS(provisor_session_step(s, reply, strlen(reply), &out, &len) == expected);
        provisor_session_free(s);
    }
    return NULL;
}

static void threads_with_a_session_each_never_meet(void) {
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; i++) HOLDS(pthread_create(&threads[i], NULL, one_thread, NULL) == 0);
    for (i = 0; i < 2; i++) HOLDS(pthread_join(threads[i], NULL) == 0);
}

/* Two threads hammer one session: each call is served or told -105; none is lost and nothing is corrupted. */
struct shared {
    provisor_session *session;
    int32_t classes[2000];
};

static void *hammer(void *argument) {
    struct shared *shared = (struct shared *)argument;
    const char *out;
    size_t len, i;
    for (i = 0; i < sizeof shared->classes / sizeof shared->classes[0]; i++)
        shared->classes[i] = provisor_session_step(shared->session, "{", 1, &out, &len);
    return NULL;
}

static void one_session_in_two_threads_is_told_and_stays_whole(void) {
    static struct shared left, right;
    pthread_t threads[2];
    size_t i;
    left.session = right.session = waiting();
    HOLDS(pthread_create(&threads[0], NULL, hammer, &left) == 0);
    HOLDS(pthread_create(&threads[1], NULL, hammer, &right) == 0);
    HOLDS(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    for (i = 0; i < sizeof left.classes / sizeof left.classes[0]; i++) {
        HOLDS(left.classes[i] == PROVISOR_CLASS_MISUSE_MESSAGE || left.classes[i] == PROVISOR_CLASS_MISUSE_BUSY);
        HOLDS(right.classes[i] == PROVISOR_CLASS_MISUSE_MESSAGE || right.classes[i] == PROVISOR_CLASS_MISUSE_BUSY);
    }
    HOLDS(good(left.session) == PROVISOR_STEP_REPORT);
    provisor_session_free(left.session);
}

static void a_forked_child_is_told_and_its_parent_goes_on(void) {
    provisor_session *s = waiting();
    int status = 0;
    pid_t child;
    fflush(NULL);
    child = fork();
    HOLDS(child >= 0);
    if (child == 0) {
        provisor_session *own;
        HOLDS(good(s) == PROVISOR_CLASS_FORKED && says("session.forked"));
        HOLDS(error(s) == PROVISOR_CLASS_FORKED);
        provisor_session_free(s);
        HOLDS(good(s) == PROVISOR_CLASS_FORKED);
        own = waiting();
        HOLDS(good(own) == PROVISOR_STEP_REPORT);
        provisor_session_free(own);
        _exit(0);
    }
    HOLDS(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    HOLDS(good(s) == PROVISOR_STEP_REPORT);
    provisor_session_free(s);
}

#define RUN(promise) \
    promise();       \
    puts(#promise)

int main(void) {
    RUN(the_library_is_the_one_of_this_header);
    RUN(a_job_asks_and_reports);
    RUN(every_null_is_refused);
    RUN(a_bad_config_is_told_by_every_step);
    RUN(a_wrong_order_changes_nothing);
    RUN(a_message_that_is_none_changes_nothing);
    RUN(thirty_two_mib_are_read_and_more_is_not);
    RUN(an_error_lasts_until_the_next_step);
    RUN(a_free_in_the_middle_cancels);
    RUN(a_panic_stays_inside_and_is_told_again);
    RUN(overage_computes_into_a_buffer_of_the_caller);
    RUN(threads_with_a_session_each_never_meet);
    RUN(one_session_in_two_threads_is_told_and_stays_whole);
    RUN(a_forked_child_is_told_and_its_parent_goes_on);
    return 0;
}

// The face of the capture engine to JavaScript, a module of its own beside the page's engine: few people replay a
// capture, and the others need not fetch it; its memory, which holds a whole trace, goes when it is let go; and what
// happens in it cannot touch the machine. A program's memory trace plays through a TLB here, and the reports of a kernel's
// log are explained. What a kernel would have logged at a step of a script is told here too: a session goes to that step,
// and prints. web/src/engine.ts declares the functions, under the same names.
#include <emscripten/bind.h>

#include "api/capture_tlb.h"
#include "api/captures.h"
#include "play/failure_report.h"
#include "play/session.h"

namespace {

using namespace mmscope;
using std::string;

Captures& captures() {
    static Captures one;
    return one;
}
LockStep& lock_step() { return captures().lock_step(); }

// Embind takes functions of exactly these types, not of string_view.
void begin_file(const string& name) { captures().begin_file(name); }
void add_bytes(const string& bytes) { captures().add(bytes); }
void take_back_file() { captures().take_back_file(); }
bool is_memory_trace() { return captures().is_memory_trace(); }
string take_drop() { return captures().take(); }
string explanations() { return captures().explanations(); }
void choose_kernel(const string& version) { lock_step().choose_kernel(version); }
void restart() { lock_step().restart(); }
void stop() { lock_step().stop(); }
bool work(u32 budget) { return lock_step().work(budget); }
string status() { return captures().status(); }

TlbPlay& tlb_play() {
    static TlbPlay one;
    return one;
}
string begin_tlb(const string& geometry, const string& page_size) { return tlb_play().begin(geometry, page_size); }
void play_tlb(const string& bytes) { tlb_play().add(bytes); }
void finish_tlb() { tlb_play().finish(); }
string tlb_status() { return tlb_play().status(); }

Session& logged() {
    static Session one;
    return one;
}
KernelRing& ring() {
    static KernelRing one;
    return one;
}
void begin_log(const string& script, u32 step) {
    ring().listen_to(logged());
    logged().load(script);
    ring().clear();
    logged().seek(step);
}
bool work_on_log(u32 budget) { return logged().work(budget); }
string log_text() { return kernel_log(logged()); }
string whole_log() { return ring().text(); }

}  // namespace

EMSCRIPTEN_BINDINGS(mmscope_captures) {
    using emscripten::function;
    function("beginFile", &begin_file);
    function("addBytes", &add_bytes);
    function("takeBackFile", &take_back_file);
    function("isMemoryTrace", &is_memory_trace);
    function("takeDrop", &take_drop);
    function("explanations", &explanations);
    function("chooseKernel", &choose_kernel);
    function("restart", &restart);
    function("stop", &stop);
    function("work", &work);
    function("status", &status);

    function("tlbChoices", &tlb_choices);
    function("beginTlb", &begin_tlb);
    function("playTlb", &play_tlb);
    function("finishTlb", &finish_tlb);
    function("tlbStatus", &tlb_status);

    function("beginLog", &begin_log);
    function("workOnLog", &work_on_log);
    function("logText", &log_text);
    function("wholeLog", &whole_log);
}

// The face of the engine to JavaScript: the functions that web/src/engine.ts declares, under the same names.
//
// * What crosses is a string, a number or a truth value. Structured answers cross as JSON text: they are small, asked
//   for once a step, and no C++ object has to be deleted by hand. The two typefaces cross as bytes, once.
// * There is one engine in a module: a Session and, over it, a Picture. Everything but the picture's own calls works
//   without a canvas, and so does the selection.
// * Calls never block: `run` and `seek` state a wish, `work(budget)` does a slice of it.
// * Frame numbers cross as JavaScript numbers; -1 is no frame. Columns count UTF-16 units (api/utf16.h).
#include <emscripten/bind.h>

#include "api/answers.h"
#include "api/picture.h"

namespace {

using namespace mmscope;
using std::string;

constexpr int kModelRevision = 2;  // grows with each change of src/mm that may lead the same script to another state

struct Engine {
    Session session;
    RunningCommand running;  // of the terminal
    Picture picture;
};

Engine& engine() {
    static Engine one;
    return one;
}
Session& session() { return engine().session; }
App& app() { return engine().picture.app(); }

double number_of(Pfn pfn) { return pfn == kNoPfn ? -1.0 : pfn.value; }
Pfn pfn_of(double number) { return number >= 0 && number < 4294967295.0 ? Pfn{static_cast<u32>(number)} : kNoPfn; }

int model_revision() { return kModelRevision; }

string load(const string& source) { return answers::diagnostics(session().load(source), source); }
string source() { return session().source(); }
string source_so_far() { return session().source_so_far().value_or(string(1, '\0')); }
void run() { session().run(); }
void seek(u32 step) { session().seek(step); }
void run_until_mark(const string& label) { session().run_until_mark(label); }
void run_until_line(u32 line) { session().run_until_line(line); }
void stop() { session().stop(); }
// A command that goes on as time passes looks at every moment of the script.
bool work(u32 budget) {
    RunningCommand& running = engine().running;
    bool has_more = true;
    for (; !running.is_over() && has_more && budget != 0; --budget) {
        has_more = session().work(1);
        running.observe(session().snapshot());
    }
    return has_more && budget != 0 ? session().work(budget) : has_more;
}
string status() { return answers::status(session()); }

string zones() { return answers::zones(session().snapshot()); }
string cpu_lists() { return answers::cpu_lists(session().snapshot()); }
string prospects(u32 cpu) { return answers::prospects(session().snapshot(), cpu); }
string ask(const string& gfp, int order, int cpu) { return answers::ask(session().snapshot(), gfp, order, cpu); }
string reclaim() { return answers::reclaim(session().snapshot()); }
string slab_caches() { return answers::slab_caches(session().snapshot()); }
string slab_queues(u32 cache) { return answers::slab_queues(session().snapshot(), cache); }
string slabs(u32 cache) { return answers::slabs(session().snapshot(), cache); }
string processes() { return answers::processes(session().snapshot()); }
string walk(u32 pid, const string& address) { return answers::walk(session().snapshot(), pid, address); }
string frame(double pfn) { return answers::frame(session().snapshot(), pfn); }
void look_at(u32 event) { session().look_at(event); }
string told_events(u32 most) { return answers::told_events(session().told(most)); }
string narration(u32 most) { return answers::messages(session().narration(most)); }
string terminal(const string& line) { return answers::terminal(session().snapshot(), line); }
string begin_command(const string& line) {
    const auto printed = engine().running.begin(session().snapshot(), line);
    return answers::command(printed, engine().running);
}
string continue_command() {
    const string printed = engine().running.take(session().snapshot());
    return answers::command(printed, engine().running);
}
void end_command() { engine().running.end(); }
string completions(const string& line) { return answers::completions(line); }
string evaluate(const string& expression) { return answers::evaluation(session(), expression); }
string mem_available() { return answers::mem_available(session().snapshot()); }
string proc_text(const string& name) { return session().proc_text(name).value_or(string()); }

string create_picture(const string& selector, const string& mono, const string& sans) {
    return engine().picture.create(selector, mono, sans);
}
void resize(double width, double height, double pixel_ratio) { engine().picture.resize(width, height, pixel_ratio); }
void set_theme(const string& name, bool reduced_motion) {
    app().set_theme(name == "light" ? ThemeKind::light : ThemeKind::dark,
                    reduced_motion ? Motion::reduced : Motion::full);
}
void pointer(const string& kind, double x, double y, int button, bool touch) {
    const PointerKind what = kind == "down"   ? PointerKind::down
                             : kind == "up"   ? PointerKind::up
                             : kind == "move" ? PointerKind::move
                                              : PointerKind::leave;
    app().pointer(what, x, y, button, touch);
}
void wheel(double x, double y, double delta_x, double delta_y) { app().wheel(x, y, delta_x, delta_y); }
void pinch(double x, double y, double factor) { app().pinch(x, y, factor); }
bool key(const string& name, bool down, bool shift, bool ctrl) { return app().key(name, down, shift, ctrl); }
void focus(bool focused) { app().focus(focused); }
bool draw(double milliseconds) { return engine().picture.draw(session().snapshot(), milliseconds); }
void context_lost() { engine().picture.context_lost(); }
string context_restored() { return engine().picture.context_restored(); }
void select(double pfn) { app().select(pfn_of(pfn)); }
double selected() { return number_of(app().selected()); }
double hovered() { return number_of(app().hovered()); }
void show_kinds(u32 kinds) { app().show_kinds(static_cast<u8>(kinds)); }
bool show_frames_of(const string& text) { return app().show_frames_of(text); }
bool show_panel(const string& name) { return app().show_panel(name); }
string take_help_request() { return app().take_help_request(); }

// Embind takes functions of exactly these types, not of string_view.
string recognised(const string& text) { return answers::recognised(text); }
string import_script(const string& text) { return answers::import_script(text); }

}  // namespace

EMSCRIPTEN_BINDINGS(mmscope) {
    using emscripten::function;
    function("modelRevision", &model_revision);

    function("load", &load);
    function("source", &source);
    function("sourceSoFar", &source_so_far);
    function("run", &run);
    function("seek", &seek);
    function("runUntilMark", &run_until_mark);
    function("runUntilLine", &run_until_line);
    function("stop", &stop);
    function("work", &work);
    function("status", &status);

    function("zones", &zones);
    function("cpuLists", &cpu_lists);
    function("prospects", &prospects);
    function("ask", &ask);
    function("reclaim", &reclaim);
    function("slabCaches", &slab_caches);
    function("slabs", &slabs);
    function("slabQueues", &slab_queues);
    function("processes", &processes);
    function("walk", &walk);
    function("frame", &frame);
    function("narration", &narration);
    function("toldEvents", &told_events);
    function("lookAt", &look_at);
    function("terminal", &terminal);
    function("beginCommand", &begin_command);
    function("continueCommand", &continue_command);
    function("endCommand", &end_command);
    function("completions", &completions);
    function("evaluate", &evaluate);
    function("procText", &proc_text);
    function("memAvailable", &mem_available);
    function("recognise", &recognised);
    function("importScript", &import_script);
    function("callNames", &answers::call_names);

    function("createPicture", &create_picture);
    function("resize", &resize);
    function("setTheme", &set_theme);
    function("pointer", &pointer);
    function("wheel", &wheel);
    function("pinch", &pinch);
    function("key", &key);
    function("focus", &focus);
    function("draw", &draw);
    function("contextLost", &context_lost);
    function("contextRestored", &context_restored);
    function("select", &select);
    function("selected", &selected);
    function("hovered", &hovered);
    function("showKinds", &show_kinds);
    function("showFramesOf", &show_frames_of);
    function("showPanel", &show_panel);
    function("takeHelpRequest", &take_help_request);
}

#include "play/machine_block.h"

#include <algorithm>

#include "play/sysctl.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

// A key's value: a number (with its sign) or a string.
struct KeyValue {
    SourceSpan span;
    bool is_text = false;
    i64 number = 0;
    std::string text;
};

// What the numeric keys take. ram has a sentence of its own (Machine::build).
struct NumberKey {
    const char* name;
    i64 least;
    i64 most;
    void (*set)(MachineSpec*, i64);
};

constexpr i64 kMost64 = 0x7fffffffffffffff;
constexpr i64 kMost31 = 0x7fffffff;

constexpr NumberKey kNumberKeys[] = {
    {"ram", 0, kMost64, [](MachineSpec* spec, i64 value) { spec->ram = static_cast<u64>(value); }},
    {"cpus", 1, kMostCpus, [](MachineSpec* spec, i64 value) { spec->cpus = static_cast<u32>(value); }},
    {"nodes", 1, kMostNodes, [](MachineSpec* spec, i64 value) { spec->nodes = static_cast<u32>(value); }},
    {"swap", 0, i64{kMostSwapSlots} * kPageSize,
     [](MachineSpec* spec, i64 value) { spec->swap = static_cast<u64>(value); }},
    {"seed", 0, kMost64, [](MachineSpec* spec, i64 value) { spec->seed = static_cast<u64>(value); }},
    {"page_size", kPageSize, kPageSize, [](MachineSpec*, i64) {}},
    {"hugepages_2M", 0, kMost31, [](MachineSpec* spec, i64 value) { spec->huge_pages[0] = static_cast<u32>(value); }},
    {"hugepages_4M", 0, kMost31,
     [](MachineSpec* spec, i64 value) {
         spec->huge_pages[0] = static_cast<u32>(value);
         spec->huge_pages_are_4m = HugePagesAre4m::yes;
     }},
    {"hugepages_1G", 0, kMost31, [](MachineSpec* spec, i64 value) { spec->huge_pages[1] = static_cast<u32>(value); }},
    {"la57", 0, 1,
     [](MachineSpec* spec, i64 value) { spec->five_levels = value != 0 ? FiveLevels::yes : FiveLevels::no; }},
    {"slab_freelist_random", 0, 1,
     [](MachineSpec* spec, i64 value) {
         spec->freelist_order = value != 0 ? FreelistOrder::random : FreelistOrder::plain;
     }},
    {"slab_freelist_hardened", 0, 1,
     [](MachineSpec* spec, i64 value) {
         spec->freelist_pointers = value != 0 ? FreelistPointers::hardened : FreelistPointers::plain;
     }},
};

// Besides the sysctls.
constexpr const char* kKeys[] = {"ram", "cpus", "nodes", "seed", "page_size", "kernel", "swap", "tlb", "la57",
                                 "hugepages_2M", "hugepages_4M", "hugepages_1G",
                                 "slab_debug", "slab_freelist_random", "slab_freelist_hardened"};

bool read_value(TokenStream& tokens, KeyValue* value) {
    value->span = tokens.current().span;
    const bool is_negative = tokens.accept("-");
    const Token token = tokens.current();
    if (token.kind == TokenKind::bad) return tokens.fail_unexpected("");
    value->is_text = token.kind == TokenKind::text;
    if ((token.kind != TokenKind::number && !value->is_text) || (is_negative && value->is_text)) {
        return tokens.fail(token.span, Message("error.key_value_expected"));
    }
    if (token.number < 0) return tokens.fail(token.span, Message("error.number_too_large").text("text", token.text));
    value->number = is_negative ? -token.number : token.number;
    if (value->is_text) value->text = text_value(token);
    value->span.length = token.span.column + token.span.length - value->span.column;
    tokens.advance();
    return true;
}

bool set_number(TokenStream& tokens, const NumberKey& key, const KeyValue& value, MachineSpec* spec) {
    if (value.is_text) return tokens.report(value.span, Message("error.key_number").text("key", key.name));
    if (value.number < key.least || value.number > key.most) {
        if (key.least == key.most)
            return tokens.report(value.span, Message("error.page_size").number("value", value.number));
        Message message("error.out_of_range");
        message.text("key", key.name).number("least", key.least).number("most", key.most).number("value", value.number);
        return tokens.report(value.span, std::move(message));
    }
    key.set(spec, value.number);
    return true;
}

bool set_sysctl(TokenStream& tokens, SysctlName name, const KeyValue& value, MachineSpec* spec) {
    const char* const key = kSysctlNames[static_cast<u32>(name)];
    if (name == SysctlName::lowmem_reserve_ratio) {
        if (!value.is_text) return tokens.report(value.span, Message("error.key_text").text("key", key));
        spec->lowmem_reserve_ratio = read_lowmem_reserve_ratio(value.text, spec->arch);
        return spec->lowmem_reserve_ratio.has_value() || tokens.report(value.span, Message("error.ratio_expected"));
    }
    if (name == SysctlName::transparent_hugepage) {
        const auto enabled = value.is_text ? read_thp_enabled(value.text) : std::nullopt;
        if (!enabled) return tokens.report(value.span, Message("error.thp_expected"));
        spec->sysctl_numbers[static_cast<u32>(name)] = static_cast<u32>(*enabled);
        return true;
    }
    if (value.is_text) return tokens.report(value.span, Message("error.key_number").text("key", key));
    if (Message fault = check_sysctl(name, value.number); !fault.is_empty())
        return tokens.report(value.span, std::move(fault));
    spec->sysctl_numbers[static_cast<u32>(name)] = static_cast<u32>(value.number);
    return true;
}

bool set_other(TokenStream& tokens, const Token& key, const KeyValue& value, MachineSpec* spec) {
    if (!value.is_text) return tokens.report(value.span, Message("error.key_text").text("key", key.text));
    if (key.is("kernel")) {
        spec->kernel = value.text;
        return true;
    }
    if (key.is("slab_debug")) {
        const std::optional<SlabDebugOption> option = read_slab_debug(value.text);
        if (!option) return tokens.report(value.span, Message("error.slab_debug").text("value", value.text));
        spec->slab_debug = *option;
        return true;
    }
    const Result<TlbGeometry> geometry = read_tlb_geometry(value.text);
    if (!geometry) return tokens.report(value.span, geometry.error().message);
    spec->tlb = value.text;
    return true;
}

bool report_unknown_key(TokenStream& tokens, const Token& key) {
    if (is_later_sysctl(key.text))
        return tokens.report(key.span, Message("error.later_key").text("key", key.text));
    std::vector<std::string_view> known(std::begin(kKeys), std::end(kKeys));
    known.insert(known.end(), std::begin(kSysctlNames), std::end(kSysctlNames));
    const std::string_view suggestion = nearest(key.text, known);
    if (suggestion.empty()) return tokens.report(key.span, Message("error.unknown_key_plain").text("key", key.text));
    return tokens.report(key.span, Message("error.unknown_key").text("key", key.text).text("suggestion", suggestion));
}

bool read_entry(TokenStream& tokens, Program* program) {
    const Token key = tokens.current();
    if (key.kind != TokenKind::word) return tokens.fail(key.span, Message("error.key_expected"));
    tokens.advance();
    KeyValue value;
    if (!tokens.expect("=") || !read_value(tokens, &value)) return false;
    for (const KeySpan& earlier : program->spec_spans)
        if (earlier.key == key.text) return tokens.report(key.span, Message("error.key_twice").text("key", key.text));
    program->spec_spans.push_back({std::string(key.text), value.span});
    for (const NumberKey& known : kNumberKeys)
        if (key.text == known.name) return set_number(tokens, known, value, &program->spec);
    const u32 sysctl = find_name(key.text, kSysctlNames, kSysctlCount);
    if (sysctl < kSysctlCount) return set_sysctl(tokens, static_cast<SysctlName>(sysctl), value, &program->spec);
    if (std::find(std::begin(kKeys), std::end(kKeys), key.text) == std::end(kKeys))
        return report_unknown_key(tokens, key);
    return set_other(tokens, key, value, &program->spec);
}

bool read_entries(TokenStream& tokens, Program* program) {
    tokens.skip_separators();
    while (!tokens.is("}") && !tokens.is_at_end()) {
        tokens.begin_statement();
        read_entry(tokens, program);
        if (!tokens.is_lost() && tokens.current().kind != TokenKind::separator && !tokens.is("}"))
            tokens.fail_unexpected("}");
        if (tokens.is_lost()) {
            tokens.recover();
            if (tokens.is("{")) tokens.advance();
        }
        tokens.skip_separators();
    }
    tokens.begin_statement();
    return tokens.expect("}");
}

bool read_import(TokenStream& tokens, Program* program) {
    const Token source = tokens.current();
    if (source.kind == TokenKind::text) {
        tokens.advance();
        return tokens.report(source.span, Message("error.unknown_capture").text("name", text_value(source)));
    }
    if (!tokens.expect("text") || !tokens.expect("<<")) return false;
    const Token terminator = tokens.current();
    if (terminator.kind != TokenKind::word) return tokens.fail(terminator.span, Message("error.terminator_expected"));
    program->import_line = terminator.span.line + 1;
    const std::optional<std::string_view> text = tokens.here_document();
    if (!text) return tokens.fail(terminator.span, Message("error.open_text").text("terminator", terminator.text));
    program->spec.import_text = *text;
    if (text->empty()) return tokens.report(terminator.span, Message("error.empty_text"));
    return true;
}

}  // namespace

bool parse_machine(TokenStream& tokens, Program* program) {
    program->spec_spans.push_back({"", tokens.current().span});
    tokens.advance();
    if (tokens.accept("from")) return read_import(tokens, program);
    const Token arch = tokens.current();
    const u32 found = arch.kind == TokenKind::word ? find_name(arch.text, kArchNames, 3) : 3;
    if (found == 3) return tokens.fail(arch.span, Message("error.arch_expected"));
    program->spec.arch = static_cast<Arch>(found);
    tokens.advance();
    if (!tokens.is("{")) return true;
    const SourceSpan open = tokens.current().span;
    tokens.advance();
    return tokens.enter(open) && (read_entries(tokens, program), tokens.leave(), true);
}

Diagnostic place_machine_error(const Program& program, Diagnostic error) {
    if (error.line != 0) {
        error.line += program.import_line - 1;
        return error;
    }
    SourceSpan span = {1, 1, 0};
    if (!program.spec_spans.empty()) span = program.spec_spans.front().span;
    for (const MessageParam& param : error.message.params)
        for (const KeySpan& key : program.spec_spans)
            if (param.name == "key" && key.key == param.text) span = key.span;
    return {span.line, span.column, span.length, error.message};
}

}  // namespace mmscope

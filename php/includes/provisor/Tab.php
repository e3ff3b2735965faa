<?php

declare(strict_types=1);

namespace Provisor;

/**
 * From a page model to the rows that WHMCS adds to the admin's page of a service. They stand inside WHMCS's own form,
 * so there is no form of ours: a form's fields are saved with the page. What came of the last action is said once, on top.
 */
final class Tab
{
    /**
     * @param array<string, mixed> $params
     * @return array<string, string> label to HTML
     */
    public static function show(string $job, array $params): array
    {
        $lang = Lang::of($params);
        $rows = [];
        $told = self::flash($params);
        if ($told !== []) {
            $rows[self::html($lang->text('page.last'))] = self::notice($told['tone'], $told['text'])
                . self::link($told['address'] ?? '', $lang->text('page.open'));
        }
        try {
            $report = Job::run($job, Params::service($params, Caller::staff()), Settings::waiting('page'));
            $model = $lang->model($report['page'] ?? []);
        } catch (\Throwable $e) {
            return $rows + [self::html($lang->text('page.state')) => self::notice('danger', Entry::sentence($e))];
        }
        $notices = array_map(static fn (array $n) => self::notice($n['tone'], $n['text']), $model['notices'] ?? []);
        if ($notices !== []) {
            $rows[self::html($lang->text('page.state'))] = implode('', $notices);
        }
        foreach ($model['sections'] ?? [] as $section) {
            foreach (self::section($section, $lang) as $label => $cell) {
                // Two parts of one name stand in one row: neither hides the other.
                $rows[self::html($label)] = ($rows[self::html($label)] ?? '') . $cell;
            }
        }
        return $rows;
    }

    /**
     * Hands what the fields hold to a job. WHMCS shows nothing of what this answers, so a failure is kept for the page.
     *
     * @param array<string, mixed> $params
     */
    public static function save(string $job, array $params): void
    {
        if (!is_array($_POST['provisor'] ?? null)) {
            return;
        }
        try {
            $report = Job::run($job, Params::service($params, Caller::staff()), Settings::waiting('action'));
            self::tell($params, 'success', (string) ($report['message'] ?? ''));
        } catch (\Throwable $e) {
            self::tell($params, 'danger', Entry::sentence($e));
        }
    }

    /**
     * Keeps a message for the next time the tab is shown to the same member of staff.
     *
     * @param array<string, mixed> $params
     */
    public static function tell(array $params, string $tone, string $text, string $address = ''): void
    {
        $_SESSION['provisor_tab'][(string) ($params['serviceid'] ?? '')]
            = ['tone' => $tone, 'text' => $text, 'address' => $address];
    }

    /**
     * @param array<string, mixed> $params
     * @return array<string, string>
     */
    private static function flash(array $params): array
    {
        $id = (string) ($params['serviceid'] ?? '');
        $told = $_SESSION['provisor_tab'][$id] ?? [];
        unset($_SESSION['provisor_tab'][$id]);
        return $told;
    }

    /**
     * @param array<string, mixed> $section
     * @return array<string, string>
     */
    private static function section(array $section, Lang $lang): array
    {
        if ($section['kind'] === 'facts') {
            $rows = [];
            foreach ($section['facts'] as $fact) {
                $rows[$fact['label']] = $fact['hidden']
                    ? '<details><summary>' . self::html($lang->text('page.show')) . '</summary><code>'
                        . self::html($fact['value']) . '</code></details>'
                    : (($fact['link'] ?? false) ? self::link($fact['value'], $fact['value']) : self::html($fact['value']));
            }
            return $rows;
        }
        if ($section['kind'] === 'table') {
            $table = self::table($section);
            return [$section['heading'] => ($section['chart'] ?? null) === null ? $table : '<details><summary>'
                . self::html($lang->text('page.numbers')) . "</summary>$table</details>"];
        }
        if ($section['kind'] === 'items') {
            // A button of ours would be a form inside WHMCS's own: staff have theirs on top of the page.
            return [$section['heading'] => self::table(['rows' => array_column($section['items'], 'cells')] + $section)];
        }
        if ($section['kind'] === 'links') {
            return [];
        }
        $rows = [];
        foreach ($section['fields'] as $field) {
            $rows[$field['label']] = self::field($field);
        }
        return $rows;
    }

    /** @param array<string, mixed> $table */
    private static function table(array $table): string
    {
        if ($table['rows'] === []) {
            return self::html($table['empty']);
        }
        $head = '';
        foreach ($table['columns'] as $column) {
            $head .= '<th scope="col">' . self::html($column['label']) . '</th>';
        }
        $body = '';
        foreach ($table['rows'] as $row) {
            $body .= '<tr><td>' . implode('</td><td>', array_map(self::html(...), $row)) . '</td></tr>';
        }
        return "<table class=\"table table-condensed\"><thead><tr>$head</tr></thead><tbody>$body</tbody></table>";
    }

    /** @param array<string, mixed> $field */
    private static function field(array $field): string
    {
        $name = 'provisor[' . self::html($field['name']) . ']';
        $id = 'provisor-' . self::html($field['name']);
        $value = self::html($field['value']);
        $about = '';
        $notes = '';
        foreach (['error' => 'text-danger', 'help' => 'text-muted'] as $kind => $class) {
            if (($field[$kind] ?? null) !== null) {
                $notes .= "<div class=\"$class\" id=\"$id-$kind\">" . self::html($field[$kind]) . '</div>';
                $about .= " $id-$kind";
            }
        }
        $marks = 'name="' . $name . '" id="' . $id . '" aria-label="' . self::html($field['label']) . '"'
            . ($about === '' ? '' : ' aria-describedby="' . ltrim($about) . '"')
            . (($field['error'] ?? null) === null ? '' : ' aria-invalid="true"');
        $input = match ($field['kind']) {
            'choice' => "<select class=\"form-control\" $marks>" . self::choices($field) . '</select>',
            'tick' => "<input type=\"hidden\" name=\"$name\" value=\"\"><input type=\"checkbox\" value=\"on\" $marks"
                . ($field['value'] === 'on' ? ' checked' : '') . '>',
            'password' => "<input type=\"password\" class=\"form-control\" autocomplete=\"new-password\" $marks>",
            default => "<input type=\"text\" class=\"form-control\" value=\"$value\" $marks>",
        };
        return $input . $notes;
    }

    /** @param array<string, mixed> $field */
    private static function choices(array $field): string
    {
        $html = '';
        foreach ($field['choices'] as [$value, $label]) {
            $chosen = $value === $field['value'] ? ' selected' : '';
            $html .= '<option value="' . self::html($value) . "\"$chosen>" . self::html($label) . '</option>';
        }
        return $html;
    }

    private static function link(string $address, string $text): string
    {
        return preg_match('#^https?://#', $address) !== 1 ? self::html($address) : '<a href="' . self::html($address)
            . '" target="_blank" rel="noopener noreferrer">' . self::html($text) . '</a>';
    }

    private static function notice(string $tone, string $text): string
    {
        return "<div class=\"alert alert-$tone\" role=\"alert\">" . self::html($text) . '</div>';
    }

    private static function html(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }
}

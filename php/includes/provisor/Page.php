<?php

declare(strict_types=1);

namespace Provisor;

/**
 * From the page model of a core job to what WHMCS shows to a client. The job decides what the page says and which
 * buttons it has; a template of ours makes it HTML. Clients never see a failure's own words, only a text of the
 * language files that fits its code.
 */
final class Page
{
    /**
     * The module's part of the product page.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed> WHMCS's shape
     */
    public static function show(string $job, array $params): array
    {
        return ['tabOverviewModuleOutputTemplate' => 'templates/page.tpl',
            'templateVariables' => ['provisor' => self::variables($params, self::ask($job, $params), false)]];
    }

    /**
     * An action that a client asked for, by a button or a form of the page: done or refused, the page is shown again
     * with what came of it. An action that made a file answers with the file.
     *
     * @param string               $page the job that makes the page
     * @param array<string, mixed> $params
     * @return array<string, mixed> WHMCS's shape
     */
    public static function act(string $job, string $page, array $params): array
    {
        $lang = Lang::of($params);
        try {
            $report = Job::run($job, Params::service($params, Caller::client()), Settings::waiting('action'));
            if (isset($report['file'])) {
                Download::send($report['file']);
            }
            if (isset($report['go']['secret'])) {
                Download::go((string) $report['go']['secret']);
            }
            // An action that took a form answers with the page itself, errors beside their fields.
            $model = isset($report['page']) ? $lang->model($report['page']) : null;
            $done = isset($report['notice']) ? $lang->model($report['notice']) : ['tone' => 'success',
                'text' => $lang->text("$job.done", [], $lang->text('page.done'))];
            $notices = $model !== null && !isset($report['notice']) ? [] : [$done];
        } catch (\Throwable $e) {
            $model = null;
            $notices = [['tone' => 'danger', 'text' => self::refusal($lang, $e)]];
        }
        $model ??= self::ask($page, $params);
        $model['notices'] = [...$notices, ...$model['notices'] ?? []];
        return ['templatefile' => 'templates/page', 'pagetitle' => $model['title'] ?? '',
            'breadcrumb' => [self::address($params) => $model['title'] ?? ''],
            'vars' => ['provisor' => self::variables($params, $model, true)]];
    }

    /**
     * The model in the reader's language; when it cannot be had, a page that says so.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed>
     */
    private static function ask(string $job, array $params): array
    {
        $lang = Lang::of($params);
        try {
            $report = Job::run($job, Params::service($params, Caller::client()), Settings::waiting('page'));
            return $lang->model($report['page'] ?? []);
        } catch (\Throwable $e) {
            return ['title' => $lang->text('page.service'), 'sections' => [], 'actions' => [],
                'notices' => [['tone' => 'warning', 'text' => self::refusal($lang, $e, 'page.unavailable')]]];
        }
    }

    /** What a client may read of a failure: the text for its code, or for the code's last part, or a general one. */
    private static function refusal(Lang $lang, \Throwable $e, string $general = 'page.failed'): string
    {
        $code = $e instanceof JobFailed ? $e->problem : '';
        foreach ([$code, 'refused.' . substr((string) strrchr(".$code", '.'), 1)] as $known) {
            if ($code !== '' && $lang->knows($known)) {
                return $lang->text($known);
            }
        }
        return $lang->text($general);
    }

    /**
     * @param array<string, mixed> $params
     * @param array<string, mixed> $model
     * @return array<string, mixed>
     */
    private static function variables(array $params, array $model, bool $alone): array
    {
        $model += ['title' => '', 'notices' => [], 'sections' => [], 'actions' => []];
        foreach ($model['sections'] as $i => $section) {
            if (isset($section['chart'])) {
                $model['sections'][$i]['chart']['svg'] = self::drawing($section['chart']['svg']);
            } elseif ($section['kind'] === 'facts') {
                foreach ($section['facts'] as $n => $fact) {
                    $model['sections'][$i]['facts'][$n]['link'] = ($fact['link'] ?? false)
                        && preg_match('#^https?://#', $fact['value']) === 1;
                }
            } elseif ($section['kind'] === 'form') {
                $model['sections'][$i] = self::form($section);
            } elseif ($section['kind'] === 'items') {
                foreach ($section['items'] as $n => $item) {
                    $model['sections'][$i]['items'][$n]['address'] = self::address(
                        $item['service'] === '' ? $params : ['serviceid' => $item['service']]
                    );
                }
            }
        }
        return ['page' => $model, 'files' => Theme::files($params), 'alone' => $alone, 'token' => Caller::token(),
            'address' => self::address($params), 'words' => self::words(Lang::of($params))];
    }

    /**
     * What a template cannot say without logic: each field's id, which texts describe it, and the list of all errors.
     *
     * @param array<string, mixed> $form
     * @return array<string, mixed>
     */
    private static function form(array $form): array
    {
        $form['errors'] = [];
        foreach ($form['fields'] as $i => $field) {
            $id = "provisor-$form[action]-$field[name]";
            $notes = array_filter(['error', 'help'], static fn (string $note) => ($field[$note] ?? null) !== null);
            $form['fields'][$i] += ['id' => $id, 'about' => implode(' ', preg_replace('/^/', "$id-", $notes))];
            if ($field['error'] !== null) {
                $form['errors'][] = ['id' => $id, 'label' => $field['label'], 'text' => $field['error']];
            }
        }
        return $form;
    }

    /** @param array<string, mixed> $params */
    private static function address(array $params): string
    {
        return 'clientarea.php?action=productdetails&id=' . (int) ($params['serviceid'] ?? 0);
    }

    /** @return array<string, string> the texts of the templates themselves */
    private static function words(Lang $lang): array
    {
        $words = [];
        foreach (['show', 'yes', 'csv', 'back', 'errors', 'numbers', 'actions'] as $name) {
            $words[$name] = $lang->text("page.$name");
        }
        return $words;
    }

    /** The only text that reaches a page unescaped: a drawing of nothing but shapes and text, or nothing. */
    private static function drawing(string $svg): string
    {
        $shapes = ['svg', 'g', 'rect', 'line', 'polyline', 'polygon', 'circle', 'path', 'text'];
        $harmless = str_starts_with($svg, '<svg ') && strip_tags($svg, $shapes) === $svg
            && preg_match('/\son\w+\s*=|href|url\s*\(|javascript:/i', $svg) !== 1;
        return $harmless ? $svg : '';
    }
}

<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Texts in the reader's language. The core speaks English with a stable code and parameters; language files translate
 * by code: ours in lang/, a module's in its own lang/. A key that is missing there is taken from the English file, and
 * at last from the core's own text.
 */
final class Lang
{
    /** @var array<string, array<string, string>> by file */
    private static array $files = [];

    public function __construct(private readonly string $module, private readonly string $language)
    {
    }

    /**
     * The language of whoever is looking: the one they chose for this session, the client's own, the system's.
     *
     * @param array<string, mixed> $params
     */
    public static function of(array $params): self
    {
        $module = (string) ($params['moduletype'] ?? '');
        $admin = defined('ADMINAREA') && !defined('CLIENTAREA');
        $wishes = [
            $admin ? ($_SESSION['adminlang'] ?? '') : ($_SESSION['Language'] ?? ''),
            $admin ? '' : ($params['clientsdetails']['language'] ?? ''),
            class_exists(\WHMCS\Config\Setting::class) ? \WHMCS\Config\Setting::getValue('Language') : '',
        ];
        foreach ($wishes as $wish) {
            if (is_string($wish) && preg_match('/^[A-Za-z][A-Za-z_-]*$/', $wish) === 1) {
                return new self($module, strtolower($wish));
            }
        }
        return new self($module, 'english');
    }

    /**
     * @param array<string, string> $params for {name} in the text
     * @param string|null $english what to say when no file knows the code; null: the code itself
     */
    public function text(string $code, array $params = [], ?string $english = null): string
    {
        $text = $this->find($code);
        if ($text === null) {
            return $english ?? $code;
        }
        $places = array_map(static fn (string $name) => '{' . $name . '}', array_keys($params));
        return str_replace($places, array_values($params), $text);
    }

    public function knows(string $code): bool
    {
        return $this->find($code) !== null;
    }

    /**
     * A model of the core with each of its texts in this language, as plain strings.
     */
    public function model(mixed $model): mixed
    {
        if (!is_array($model)) {
            return $model;
        }
        if (array_keys($model) === ['code', 'params', 'text']) {
            return $model['code'] === '' ? $model['text'] : $this->text(
                $model['code'],
                array_column($model['params'], 1, 0),
                $model['text']
            );
        }
        return array_map($this->model(...), $model);
    }

    private function find(string $code): ?string
    {
        foreach (array_unique([$this->language, 'english']) as $language) {
            foreach ([dirname(__DIR__, 2) . "/modules/servers/$this->module", __DIR__] as $folder) {
                $text = self::load("$folder/lang/$language.php")[$code] ?? null;
                if ($text !== null) {
                    return $text;
                }
            }
        }
        return null;
    }

    /** @return array<string, string> */
    private static function load(string $file): array
    {
        if (!isset(self::$files[$file])) {
            $_LANG = [];
            if (is_file($file)) {
                require $file;
            }
            self::$files[$file] = $_LANG;
        }
        return self::$files[$file];
    }
}

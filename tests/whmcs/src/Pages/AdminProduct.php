<?php

/**
 * admin/configproducts.php?action=edit&id=N: the Module Settings tab. Follows whmcs-contract.md 1.3: the fields of
 * ConfigOptions by position, Default only as a prefill of a product never saved, values HTML-encoded when stored;
 * with SimpleMode only those fields and their Loader functions, unless &mode=advanced shows all as they are without a
 * Loader; saving registers the module's hooks (1.1).
 */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Modules\HookFiles;
use StandIn\Modules\HookList;
use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use WHMCS\Database\Capsule;

final class AdminProduct
{
    public static function show(int $id): void
    {
        AdminLayout::requireAdmin();
        $product = Capsule::table('tblproducts')->find($id);
        if ($product === null) {
            http_response_code(404);
            exit('Product Not Found');
        }
        if ($_SERVER['REQUEST_METHOD'] === 'POST') {
            self::save($id, (array) ($_POST['packageconfigoption'] ?? []), (string) $product->servertype);
            header("Location: configproducts.php?action=edit&id=$id&success=true");
            exit;
        }
        $fields = Loader::configOptions((string) $product->servertype, (string) $product->type);
        $simple = array_filter(array_column($fields, 'SimpleMode')) !== [] && ($_GET['mode'] ?? '') !== 'advanced';
        $html = (isset($_GET['success']) ? '<div class="alert alert-success">Changes Saved Successfully!</div>' : '')
            . "<form method=\"post\" action=\"configproducts.php?action=save&amp;id=$id\">" . generate_token()
            . '<table class="form table">';
        $position = 0;
        foreach ($fields as $key => $field) {
            $position++;
            if ($simple && empty($field['SimpleMode'])) {
                continue;
            }
            $field = isset($field['Loader']) ? self::loaded($field, $simple, $product) : $field;
            $stored = (string) $product->{"configoption$position"};
            $label = (string) ($field['FriendlyName'] ?? $key);
            $html .= "<tr><td class=\"fieldlabel\">$label</td><td class=\"fieldarea\">"
                . self::input($position, $field, $stored) . ' ' . ($field['Description'] ?? '') . '</td></tr>';
        }
        $html .= '</table><input type="hidden" name="servergroup" value="' . (int) $product->servergroup . '">'
            . '<input type="submit" class="btn btn-primary" value="Save Changes"></form>';
        AdminLayout::show("Edit Product: $product->name", $html);
    }

    /** @param array<int|string, mixed> $values by position */
    private static function save(int $id, array $values, string $module): void
    {
        $row = [];
        foreach (array_intersect(range(1, 24), array_keys($values)) as $slot) {
            $value = $values[$slot];
            $row["configoption$slot"] = htmlspecialchars(is_string($value) ? $value : '', ENT_QUOTES);
        }
        Capsule::table('tblproducts')->where('id', $id)->update($row);
        HookFiles::registerServerModule($module);
        HookList::run('ProductEdit', ['pid' => $id, 'servertype' => $module] + $row);
    }

    /**
     * In simple mode the choices of a Loader, which gets the first server of the product's group; in advanced mode text.
     *
     * @param array<string, mixed> $field
     * @return array<string, mixed>
     */
    private static function loaded(array $field, bool $simple, object $product): array
    {
        if (!$simple) {
            return ['Type' => 'text'] + $field;
        }
        $server = Capsule::table('tblservergroupsrel')->where('groupid', $product->servergroup)->value('serverid');
        $said = 'No server found so unable to fetch values';
        if ($server !== null) {
            try {
                return ['Options' => ($field['Loader'])(Params::forServer((int) $server))] + $field;
            } catch (\Throwable $e) {
                $said = AdminLayout::text($e->getMessage());
            }
        }
        return ['Type' => 'none', 'Description' => $said] + $field;
    }

    /** @param array<string, mixed> $field */
    private static function input(int $position, array $field, string $stored): string
    {
        $name = "packageconfigoption[$position]";
        $value = AdminLayout::text($stored === '' ? ($field['Default'] ?? '') : $stored);
        $size = (int) ($field['Size'] ?? 20);
        return match ($field['Type'] ?? 'text') {
            'none' => '',
            'password' => "<input type=\"password\" name=\"$name\" value=\"$value\" size=\"$size\">",
            'yesno' => "<input type=\"checkbox\" name=\"$name\"" . ($value === 'on' ? ' checked' : '') . '>',
            'textarea' => "<textarea name=\"$name\" rows=\"" . (int) ($field['Rows'] ?? 3) . "\" cols=\""
                . (int) ($field['Cols'] ?? 60) . "\">$value</textarea>",
            'dropdown' => "<select name=\"$name\">" . self::choices($field, $value, '<option value="%s"%s>%s</option>',
                ' selected') . '</select>',
            'radio' => self::choices($field, $value, "<label><input type=\"radio\" name=\"$name\" value=\"%s\"%s> %s"
                . '</label>', ' checked'),
            default => "<input type=\"text\" name=\"$name\" value=\"$value\" size=\"$size\">",
        };
    }

    /** A comma text stores the texts, a map stores the keys. @param array<string, mixed> $field */
    private static function choices(array $field, string $value, string $format, string $mark): string
    {
        $options = $field['Options'] ?? '';
        if (is_string($options)) {
            $texts = array_map('trim', explode(',', $options));
            $options = array_combine($texts, $texts);
        }
        $html = '';
        foreach ($options as $key => $text) {
            $key = AdminLayout::text($key);
            $html .= sprintf($format, $key, $key === $value ? $mark : '', AdminLayout::text($text));
        }
        return $html;
    }
}

<?php

declare(strict_types=1);

namespace Provisor\Tests;

use Illuminate\Database\Schema\Blueprint;
use WHMCS\Database\Capsule;

require_once 'Illuminate/Database/autoload.php';
class_alias(\Illuminate\Database\Capsule\Manager::class, 'WHMCS\Database\Capsule');
define('WHMCS', true);
require_once dirname(__DIR__, 3) . '/php/includes/provisor/load.php';
require_once __DIR__ . '/functions.php';
require_once __DIR__ . '/ops.php';

/** As much of WHMCS as the ops need, on a real database: a few tables and a local API that stores what it is given. */
final class Whmcs
{
    /** The name of the MariaDB database in use. */
    public static string $database = '';

    /** @var list<array{string, array<string, mixed>}> calls of the local API */
    public static array $calls = [];

    /** @var list<string> lines of the activity log */
    public static array $activity = [];

    /** @var list<array<int, mixed>> arguments of logModuleCall */
    public static array $moduleLog = [];

    /** @var ?callable(string, array<string, mixed>): ?array<string, mixed> stands in for the API when it answers */
    public static $api = null;

    public static function fresh(string $database): self
    {
        self::$calls = self::$activity = self::$moduleLog = [];
        self::$api = null;
        if ($database === 'mariadb') {
            self::$database = 'whmcs_' . bin2hex(random_bytes(4));
            MariaDb::connect()->exec('CREATE DATABASE ' . self::$database . ' CHARACTER SET latin1');
            $config = ['driver' => 'mysql', 'unix_socket' => MariaDb::socket(), 'host' => 'localhost',
                'database' => self::$database, 'username' => 'root', 'password' => '', 'charset' => 'utf8mb4',
                'collation' => 'utf8mb4_unicode_ci', 'modes' => []];
        } else {
            $file = Site::temporary('sqlite') . '/whmcs.sqlite';
            touch($file);
            $config = ['driver' => 'sqlite', 'database' => $file];
        }
        $capsule = new Capsule();
        $capsule->addConnection($config + ['prefix' => '']);
        $capsule->setAsGlobal();
        foreach (self::TABLES as $name => $columns) {
            Capsule::schema()->create($name, static function (Blueprint $table) use ($columns): void {
                $table->increments('id');
                foreach (explode(' ', $columns) as $column) {
                    [$column, $type] = explode(':', "$column:text");
                    match ($type) {
                        'int' => $table->integer($column)->default(0),
                        'price' => $table->decimal($column, 10, str_contains($column, 'rate') ? 5 : 4)->default(0),
                        'date' => $table->date($column)->nullable(),
                        'time' => $table->dateTime($column)->nullable(),
                        default => $table->text($column)->nullable(),
                    };
                }
            });
        }
        return new self();
    }

    /** @param array<string, mixed> $row */
    public static function add(string $table, array $row): int
    {
        return (int) Capsule::table($table)->insertGetId($row);
    }

    private const TABLES = [
        'tblconfiguration' => 'setting value',
        'tblservers' => 'name ipaddress hostname type username password accesshash secure port:int disabled:int',
        'tblclients' => 'firstname lastname companyname email address1 address2 city state postcode country phonenumber'
            . ' currency:int',
        'tblcustomfields' => 'type relid:int fieldname fieldtype adminonly sortorder:int',
        'tblcustomfieldsvalues' => 'fieldid:int relid:int value',
        'tblorders' => 'userid:int status',
        'tblupgrades' => 'userid:int orderid:int type relid:int',
        'tblhostingaddons' => 'userid:int orderid:int hostingid:int',
        'tblcurrencies' => 'code prefix suffix format:int rate:price',
        'tblproduct_upgrade_products' => 'product_id:int upgrade_product_id:int',
        'tblproducts' => 'type name servertype configoptionsupgrade:int overagesenabled overagesbwlimit:int overagesdisklimit:int'
            . ' overagesbwprice:price tax:int configoption1 configoption2 configoption3 configoption4 configoption5'
            . ' configoption6 configoption7 configoption8 configoption9 configoption10 configoption11 configoption12'
            . ' configoption13 configoption14 configoption15 configoption16 configoption17 configoption18'
            . ' configoption19 configoption20 configoption21 configoption22 configoption23 configoption24',
        'tblhosting' => 'userid:int packageid:int orderid:int server:int domainstatus domain regdate:date paymentmethod username'
            . ' password dedicatedip assignedips bwusage:int bwlimit:int diskusage:int disklimit:int lastupdate:time',
        'tblproductconfiglinks' => 'gid:int pid:int',
        'tblproductconfigoptions' => 'gid:int optionname optiontype order:int',
        'tblproductconfigoptionssub' => 'configid:int optionname sortorder:int',
        'tblhostingconfigoptions' => 'relid:int configid:int optionid:int qty:int',
        'tblinvoices' => 'userid:int date:date duedate:date status notes paymentmethod',
        'tblinvoiceitems' => 'invoiceid:int type description amount taxed:int',
        'tblcredit' => 'clientid:int description amount',
        'tblemailtemplates' => 'type name subject message custom language attachments fromname fromemail disabled'
            . ' copyto blind_copy_to plaintext:int',
    ];
}
